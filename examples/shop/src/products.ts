import type { DatabaseSync } from 'node:sqlite';

export interface Product {
  id: number;
  name: string;
  description: string;
  /** In cents. */
  price: number;
  stock: number;
}

export type ProductFields = Omit<Product, 'id'>;

export function listProducts(db: DatabaseSync): Product[] {
  return db.prepare('SELECT * FROM products ORDER BY name').all() as unknown as Product[];
}

export function productById(db: DatabaseSync, id: number): Product | undefined {
  return db.prepare('SELECT * FROM products WHERE id = ?').get(id) as Product | undefined;
}

/** @returns the new product's id */
export function addProduct(db: DatabaseSync, { name, description, price, stock }: ProductFields): number {
  const { lastInsertRowid } = db
    .prepare('INSERT INTO products (name, description, price, stock) VALUES (?, ?, ?, ?)')
    .run(name, description, price, stock);
  return Number(lastInsertRowid);
}

export function saveProduct(db: DatabaseSync, id: number, { name, description, price, stock }: ProductFields): void {
  db.prepare('UPDATE products SET name = ?, description = ?, price = ?, stock = ? WHERE id = ?') //
    .run(name, description, price, stock, id);
}

export function deleteProduct(db: DatabaseSync, id: number): void {
  db.prepare('DELETE FROM products WHERE id = ?').run(id);
}

export interface Order {
  id: number;
  product: string;
  /** In cents. */
  price: number;
  /** Milliseconds since 1970. */
  placed: number;
}

export function listOrders(db: DatabaseSync, accountId: number): Order[] {
  return db
    .prepare('SELECT id, product, price, placed FROM orders WHERE account_id = ? ORDER BY id DESC LIMIT 50')
    .all(accountId) as unknown as Order[];
}

/** Takes one piece from the stock. @returns the new order's id */
export function addOrder(db: DatabaseSync, accountId: number, product: Product): number {
  db.prepare('UPDATE products SET stock = stock - 1 WHERE id = ?').run(product.id);
  const { lastInsertRowid } = db
    .prepare('INSERT INTO orders (account_id, product, price, placed) VALUES (?, ?, ?, ?)')
    .run(accountId, product.name, product.price, Date.now());
  return Number(lastInsertRowid);
}

/** The newest order without a discount, if there is one. */
export function newestOrder(db: DatabaseSync): (Order & { accountId: number }) | undefined {
  return db
    .prepare(
      'SELECT id, account_id AS accountId, product, price, placed FROM orders WHERE discounted = 0 ORDER BY id DESC LIMIT 1',
    )
    .get() as (Order & { accountId: number }) | undefined;
}

/** Sets the reduced price of an order. */
export function addDiscount(db: DatabaseSync, id: number, price: number): void {
  db.prepare('UPDATE orders SET price = ?, discounted = 1 WHERE id = ?').run(price, id);
}

/** `euros(1999)` returns `€19.99`. */
export function euros(cents: number): string {
  return `€${(cents / 100).toFixed(2)}`;
}
