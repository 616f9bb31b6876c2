import { metrics } from '@opentelemetry/api';
import { PrometheusExporter } from '@opentelemetry/exporter-prometheus';
import { MeterProvider } from '@opentelemetry/sdk-metrics';

/**
 * Serves the metrics of the audit logger, such as the age of its spool, at `http://HOST:PORT/metrics` for Prometheus.
 *
 * @returns a function that stops it
 */
export async function serveMetrics({ host, port }: { host: string; port: number }): Promise<() => Promise<void>> {
  const exporter = new PrometheusExporter({ host, port, preventServerStart: true });
  await exporter.startServer();
  const provider = new MeterProvider({ readers: [exporter] });
  metrics.setGlobalMeterProvider(provider);
  return async () => {
    metrics.disable();
    await provider.shutdown();
  };
}
