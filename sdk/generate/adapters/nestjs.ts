import 'reflect-metadata';
import { Audit, AuditInterceptor } from '@auditrail/sdk/nestjs'; // +
import { Controller, Delete, ForbiddenException, Module, Post } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ada, useOrders, type RunAdapter } from './orders.ts';

class OrdersController {
  refund() {
    return 'ok';
  }
  remove() {
    throw new ForbiddenException('only the owner may delete an order');
  }
}
class AppModule {}

// The TypeScript of this repository has no decorators: they are called, and the table shows what an application writes.
function decorate(name: 'refund' | 'remove', ...decorators: MethodDecorator[]): void {
  const { prototype } = OrdersController;
  const descriptor = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
  for (const decorator of decorators) decorator(prototype, name, descriptor);
}

export const run: RunAdapter = async (audit) => {
  Controller('orders')(OrdersController);
  Module({ controllers: [OrdersController] })(AppModule);
  decorate('refund', Post(':id/refund'), Audit('order.refunded')); // + @Audit('order.refunded')
  decorate('remove', Delete(':id'), Audit('order.deleted'));
  const app = await NestFactory.create(AppModule, { logger: false });
  app.use((request: { user?: typeof ada }, _response: unknown, next: () => void) => {
    request.user = ada;
    next();
  });
  const getIdentity = ({ user }: { user?: typeof ada }) => user && { actor: user }; // +
  app.useGlobalInterceptors(new AuditInterceptor(audit, { getIdentity })); // +
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();
  await useOrders(audit, (path, method) => fetch(url + path, { method }));
  await app.close();
};
