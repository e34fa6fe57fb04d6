-- The visits of reminders that a limit kept from being sent: asked for with every look at the alarms while there are any.
create index views_reminders_of_messages on views_reminders (practice_id, message_id) where message_id is not null;
