import './.config/jest-setup';

// What jsdom lacks and Grafana's components ask for: text has a width, and nothing ever comes into sight.
HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: text.length * 8 }) });
globalThis.IntersectionObserver = class {
  observe() {}
  disconnect() {}
};
globalThis.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
// jsdom has no layout: every element is as large as a screen, so that lists which draw only what is in sight draw something.
for (const [prototype, name] of [
  [Element, 'client'],
  [HTMLElement, 'offset'],
].map(([type, of]) => [type.prototype, of])) {
  Object.defineProperty(prototype, `${name}Height`, { configurable: true, get: () => 800 });
  Object.defineProperty(prototype, `${name}Width`, { configurable: true, get: () => 1200 });
}
