import './.config/jest-setup';

// APIs that jsdom lacks and Grafana's components use: text has a width, and no element ever becomes visible.
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
// jsdom has no layout. Every element is as large as a screen, so that lists that render only visible rows render some.
for (const [prototype, name] of [
  [Element, 'client'],
  [HTMLElement, 'offset'],
].map(([type, of]) => [type.prototype, of])) {
  Object.defineProperty(prototype, `${name}Height`, { configurable: true, get: () => 800 });
  Object.defineProperty(prototype, `${name}Width`, { configurable: true, get: () => 1200 });
}
