// Only delivery needs these libraries. They take three times as much memory and time as all the rest of the SDK, so they are
// not loaded with it.
export { JsonLogsSerializer, ProtobufLogsSerializer } from '@opentelemetry/otlp-transformer';
export { resourceFromAttributes } from '@opentelemetry/resources';
export { LoggerProvider } from '@opentelemetry/sdk-logs';
