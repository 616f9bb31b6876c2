import type { FastifyInstance } from 'fastify';
import { requestFields } from './audit.ts';
import { formOf } from './form-schema.ts';
import { html } from './html.ts';
import { table, type Column } from './layout.ts';
import { addOrder, euros, listOrders, productById } from './products.ts';
import type { Shop } from './server.ts';
import { signedIn } from './visitor.ts';

/** Orders of customers. */
export function orderRoutes(server: FastifyInstance, { database, audit }: Shop): void {
  server.get('/orders', { config: { needs: 'customer' } }, (request, reply) => {
    const rows = listOrders(database.read, signedIn(request).id).map(
      ({ id, product, price, placed }) =>
        html`<tr>
          <td>#${id}</td>
          <td>${product}</td>
          <td class="number">${euros(price)}</td>
          <td>${new Date(placed).toISOString().slice(0, 16).replace('T', ' ')} UTC</td>
        </tr>`,
    );
    const columns: Column[] = ['Order', 'Product', { number: 'Price' }, 'When'];
    return reply.page('My orders', rows.length > 0 ? table(columns, rows) : html`<p>No orders yet.</p>`);
  });

  server.post<{ Body: { product: number } }>(
    '/orders',
    { config: { operation: 'PlaceOrder', needs: 'customer' }, schema: formOf('product') },
    async (request, reply) => {
      const account = signedIn(request);
      const placed = await database.change(async (db) => {
        const product = productById(db, request.body.product);
        if (!product || product.stock < 1) return false;
        const id = addOrder(db, account.id, product);
        await audit.record({
          action: 'order.created',
          channel: 'orders',
          description: `${account.name} ordered ${product.name}`,
          target: { type: 'order', id: String(id), name: product.name },
          properties: { price: product.price, currency: 'EUR' },
          ...requestFields(request, { status: 303 }),
        });
        return true;
      });
      if (placed) return reply.redirect('/orders?done=ordered', 303);
      return reply.code(409).page('Sold out', html`<p class="notice error">This product is not available.</p>`);
    },
  );
}
