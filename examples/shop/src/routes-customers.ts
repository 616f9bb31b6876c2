import type { FastifyInstance } from 'fastify';
import { accountById, listAccounts } from './accounts.ts';
import { requestFields, accountTarget } from './audit.ts';
import { WITH_ID, type WithId } from './form-schema.ts';
import { html } from './html.ts';
import { table } from './layout.ts';
import { listOrders } from './products.ts';
import type { Shop } from './server.ts';
import { signedIn } from './visitor.ts';

// Spreadsheets treat a cell that starts with one of these characters as a formula.
const cell = (text: string) => `"${(/^[=+\-@\t\r]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

/** Customers' personal data, for staff. Viewing one customer is recorded; the list of names is not. */
export function customerRoutes(server: FastifyInstance, { database, audit }: Shop): void {
  server.get('/customers', { config: { needs: 'staff' } }, (_request, reply) => {
    const rows = listAccounts(database.read).map(
      ({ id, name, roles }) =>
        html`<tr>
          <td><a href="/customers/${id}">${name}</a></td>
          <td>${roles.map((role) => html`<span class="role">${role}</span> `)}</td>
        </tr>`,
    );
    const content = html`<p><a href="/customers.csv">Export as CSV</a></p>
      ${table(['Name', 'Roles'], rows)}`;
    return reply.page('Customers', content);
  });

  server.get<{ Params: WithId }>(
    '/customers/:id',
    { config: { operation: 'ViewCustomer', needs: 'staff' }, schema: WITH_ID },
    async (request, reply) => {
      const customer = accountById(database.read, request.params.id);
      if (!customer) {
        return reply.code(404).page('Not found', html`<p class="notice error">Customer not found.</p>`);
      }
      await audit.record({
        action: 'pii.read.customer',
        event: 'read',
        channel: 'pii-read',
        description: `${signedIn(request).name} viewed the personal data of ${customer.name}`,
        target: accountTarget(customer),
        properties: { fields: ['name', 'email', 'phone', 'address', 'orders'] },
        ...requestFields(request, { status: 200 }),
      });
      const orders = listOrders(database.read, customer.id);
      const content = html`<table>
        <tr>
          <th scope="row">E-mail</th>
          <td>${customer.email}</td>
        </tr>
        <tr>
          <th scope="row">Phone</th>
          <td>${customer.phone}</td>
        </tr>
        <tr>
          <th scope="row">Address</th>
          <td>${customer.address}</td>
        </tr>
        <tr>
          <th scope="row">Orders</th>
          <td>${orders.map(({ product }) => product).join(', ') || 'none'}</td>
        </tr>
      </table>`;
      return reply.page(customer.name, content);
    },
  );

  server.get('/customers.csv', { config: { operation: 'ExportCustomers', needs: 'staff' } }, async (request, reply) => {
    const customers = listAccounts(database.read);
    await audit.record({
      action: 'report.exported',
      channel: 'pii-read',
      description: `${signedIn(request).name} exported the list of customers`,
      target: { type: 'report', name: 'customers.csv' },
      properties: { format: 'csv', rows: customers.length },
      ...requestFields(request, { status: 200 }),
    });
    const lines = customers.map(({ name, email, phone, address }) => [name, email, phone, address].map(cell).join(','));
    return reply
      .type('text/csv; charset=utf-8')
      .header('Content-Disposition', 'attachment; filename="customers.csv"')
      .send(`\uFEFF${['name,email,phone,address', ...lines].join('\r\n')}\r\n`);
  });
}
