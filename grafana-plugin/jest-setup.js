import './.config/jest-setup';

// What jsdom lacks and Grafana's components ask for: text has a width, and nothing ever comes into sight.
HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: text.length * 8 }) });
globalThis.IntersectionObserver = class {
  observe() {}
  disconnect() {}
};
