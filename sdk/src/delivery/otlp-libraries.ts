// What only delivery needs: three times as much memory and time as all the rest of the SDK, so it is not loaded with it.
export { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
export { resourceFromAttributes } from '@opentelemetry/resources';
export { LoggerProvider } from '@opentelemetry/sdk-logs';
