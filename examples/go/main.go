// Two audit entries with OpenTelemetry's SDK for Go. The gateway and its token come from OTEL_EXPORTER_OTLP_*.
package main

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/exporters/otlp/otlplog/otlploghttp"
	"go.opentelemetry.io/otel/log"
	sdk "go.opentelemetry.io/otel/sdk/log"
)

func main() {
	ctx := context.Background()
	exporter, err := otlploghttp.New(ctx)
	if err != nil {
		panic(err)
	}
	provider := sdk.NewLoggerProvider(sdk.WithProcessor(sdk.NewBatchProcessor(exporter)))
	logger := provider.Logger("shop")
	audit := func(action, description string, attributes ...log.KeyValue) {
		var record log.Record
		record.SetTimestamp(time.Now())
		record.SetBody(log.StringValue(description))
		record.AddAttributes(append(attributes, log.String("audit.action", action))...)
		logger.Emit(ctx, record)
	}
	audit("user.login", "Sign-in failed", log.String("audit.actor.type", "user"), log.String("audit.actor.id", "42"),
		log.String("user.email", "Ada@Example.com"), log.String("client.address", "192.0.2.7"),
		log.String("audit.outcome", "failure"), log.String("error.message", "wrong password"))
	audit("order.updated", "Changed the address of order 7", log.String("audit.actor.type", "agent"),
		log.String("gen_ai.agent.name", "helper"), log.Slice("audit.on_behalf_of.email", log.StringValue("ada@example.com")),
		log.String("audit.target.type", "order"), log.Int("audit.target.id", 7),
		log.Slice("audit.actor.group", log.StringValue("agents")), log.Int("shop.till", 3))
	if err := provider.Shutdown(ctx); err != nil { // sends what is left
		panic(err)
	}
}
