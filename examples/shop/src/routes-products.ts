import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { mayActAs } from './accounts.ts';
import { requestFields, changesOf, productTarget } from './audit.ts';
import { formOf, WITH_ID, type WithId } from './form-schema.ts';
import { html, type Html } from './html.ts';
import { buttonForm, fieldsForm, table, type Column } from './layout.ts';
import {
  addProduct,
  deleteProduct,
  euros,
  listProducts,
  productById,
  saveProduct,
  type Product,
  type ProductFields,
} from './products.ts';
import type { Shop } from './server.ts';
import { signedIn } from './visitor.ts';

const FIELDS = formOf('name', 'description', 'price', 'stock');

// Forms use euros, the database uses cents.
const fieldsOf = ({ name, description, price, stock }: ProductFields): ProductFields => ({
  name,
  description,
  price: Math.round(price * 100),
  stock,
});

function productForm(request: FastifyRequest, action: string, button: string, product?: Product): Html {
  return fieldsForm(request, action, button, [
    { name: 'name', label: 'Name', value: product?.name ?? '' },
    { name: 'description', label: 'Description', value: product?.description ?? '' },
    { name: 'price', label: 'Price in euros', type: 'number', step: '0.01', value: (product?.price ?? 0) / 100 },
    { name: 'stock', label: 'In stock', type: 'number', step: '1', value: product?.stock ?? 0 },
  ]);
}

function productNotFound(reply: FastifyReply): FastifyReply {
  return reply.code(404).page('Not found', html`<p class="notice error">Product not found.</p>`);
}

/** The products: everyone can view them, staff can edit them. */
export function productRoutes(server: FastifyInstance, { database, audit }: Shop): void {
  server.get('/', (request, reply) => {
    const { account } = request.visitor;
    const staff = account !== undefined && mayActAs(account, 'staff');
    const row = (product: Product) =>
      html`<tr>
        <td><strong>${product.name}</strong><br /><span class="muted">${product.description}</span></td>
        <td class="number">${euros(product.price)}</td>
        <td class="number">${product.stock > 0 ? product.stock : 'sold out'}</td>
        <td class="number">
          ${account && product.stock > 0 && buttonForm(request, '/orders', 'Order', { product: product.id })}
          ${staff && html`<a href="/products/${product.id}/edit">Edit</a>`}
        </td>
      </tr>`;
    const columns: Column[] = ['Product', { number: 'Price' }, { number: 'In stock' }, ''];
    const content = html` ${staff && html`<p><a href="/products/new">New product</a></p>`}
    ${table(columns, listProducts(database.read).map(row))}`;
    return reply.page('Products', content);
  });

  server.get('/products/new', { config: { needs: 'staff' } }, (request, reply) =>
    reply.page('New product', productForm(request, '/products', 'Create')),
  );

  server.post<{ Body: ProductFields }>(
    '/products',
    { config: { operation: 'CreateProduct', needs: 'staff' }, schema: FIELDS },
    async (request, reply) => {
      const after = fieldsOf(request.body);
      await database.change(async (db) => {
        const id = addProduct(db, after);
        await audit.record({
          action: 'product.created',
          channel: 'catalogue',
          description: `${signedIn(request).name} added the product ${after.name}`,
          target: productTarget({ id, ...after }),
          changes: changesOf(undefined, after),
          ...requestFields(request, { status: 303 }),
        });
      });
      return reply.redirect('/?done=created', 303);
    },
  );

  server.get<{ Params: WithId }>(
    '/products/:id/edit',
    { config: { needs: 'staff' }, schema: WITH_ID },
    (request, reply) => {
      const product = productById(database.read, request.params.id);
      if (!product) return productNotFound(reply);
      const content = html` ${productForm(request, `/products/${product.id}`, 'Save', product)}
        <p>${buttonForm(request, `/products/${product.id}/delete`, 'Delete this product')}</p>`;
      return reply.page('Edit product', content);
    },
  );

  server.post<{ Params: WithId; Body: ProductFields }>(
    '/products/:id',
    { config: { operation: 'UpdateProduct', needs: 'staff' }, schema: { ...WITH_ID, ...FIELDS } },
    async (request, reply) => {
      const after = fieldsOf(request.body);
      const found = await database.change(async (db) => {
        const product = productById(db, request.params.id);
        if (!product) return false;
        saveProduct(db, product.id, after);
        await audit.record({
          action: 'product.updated',
          channel: 'catalogue',
          description: `${signedIn(request).name} changed the product ${product.name}`,
          target: productTarget(product),
          changes: changesOf(fieldsFrom(product), after),
          ...requestFields(request, { status: 303 }),
        });
        return true;
      });
      return found ? reply.redirect('/?done=saved', 303) : productNotFound(reply);
    },
  );

  server.post<{ Params: WithId }>(
    '/products/:id/delete',
    { config: { operation: 'DeleteProduct', needs: 'staff' }, schema: WITH_ID },
    async (request, reply) => {
      const found = await database.change(async (db) => {
        const product = productById(db, request.params.id);
        if (!product) return false;
        deleteProduct(db, product.id);
        await audit.record({
          action: 'product.deleted',
          channel: 'catalogue',
          description: `${signedIn(request).name} deleted the product ${product.name}`,
          target: productTarget(product),
          changes: changesOf(fieldsFrom(product), undefined),
          ...requestFields(request, { status: 303 }),
        });
        return true;
      });
      return found ? reply.redirect('/?done=deleted', 303) : productNotFound(reply);
    },
  );
}

function fieldsFrom({ name, description, price, stock }: Product): ProductFields {
  return { name, description, price, stock };
}
