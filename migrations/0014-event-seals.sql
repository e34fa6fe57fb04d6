-- A keyed seal over each fact and the seal of the fact before it in its stream: a fact that was changed, moved, swapped or cut
-- out shows. Facts of earlier releases have none.
alter table events add column seal bytea;

-- From here on there is no fact without one. Not checked for older rows; a program of an earlier release that still runs
-- cannot add facts, and its jobs wait for one of this release.
alter table events add constraint events_are_sealed check (seal is not null) not valid;
