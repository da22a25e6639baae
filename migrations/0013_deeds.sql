-- What the mails of organizers did, as letters tell it: for the daily summary of the other organizers, and
-- for whoever asks what led to a state.

alter table errand
    add column acts jsonb not null default '[]';           -- the acts as letters tell them, with names; emptied a week later
create index errand_done on errand (community_id, done_at);
