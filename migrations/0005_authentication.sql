-- Who wrote a mail: what was proven, what has been sent once more, and how far our own mail server
-- can be believed.

alter table inbox
    add column proof   jsonb,                             -- what was proven of its author's domain, and why
    add column content bytea,                             -- SHA-256 of what its author has vouched for; null where nothing was proven
    add column held    integer not null default 0;        -- attempts that ended because the DNS could not tell; they do not count against it
-- The same words from the same author count once, whatever was added on the way.
create unique index inbox_content on inbox (community_id, content) where content is not null;

alter table audit
    add column digest  bytea,                             -- SHA-256 of the mail that caused it, for when its octets are gone
    add column signals text;                              -- which of the signals a, b, c, d the mail bore

alter table community
    add column canary_at       timestamptz,               -- when the last forged mail to ourselves came back
    add column canary_stripped boolean;                   -- whether our mail server had taken the forged result out
