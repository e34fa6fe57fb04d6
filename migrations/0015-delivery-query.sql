-- What the provider signed of the webhook's address (our own id of a message, where it puts that there), sealed; null: nothing.
alter table webhook_deliveries add column query bytea;
