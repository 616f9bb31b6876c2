"""Two audit entries with OpenTelemetry's SDK for Python. The gateway and its token come from OTEL_EXPORTER_OTLP_*."""
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor

provider = LoggerProvider()
provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter()))
logger = provider.get_logger("shop")


def audit(action: str, description: str, **attributes: object) -> None:
    logger.emit(LogRecord(body=description, attributes={"audit.action": action, **attributes}))


ada = {"audit.actor.type": "user", "audit.actor.id": "42", "user.email": "Ada@Example.com", "client.address": "192.0.2.7"}
audit("user.login", "Sign-in failed", **ada, **{"audit.outcome": "failure", "error.message": "wrong password"})
audit("order.updated", "Changed the address of order 7", **{
    "audit.actor.type": "agent", "gen_ai.agent.name": "helper", "audit.on_behalf_of.email": ["ada@example.com"],
    "audit.target.type": "order", "audit.target.id": 7, "audit.actor.group": ["agents"], "shop.till": 3})
provider.shutdown()  # sends what is left
