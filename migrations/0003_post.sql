-- The post: every mail received, every mail to be sent, and what hangs between them.

create table daemon (
    daemon_id     bigint       generated always as identity primary key,
    seen_at       timestamptz  not null                   -- heartbeat; silent for a minute: its claims are released
);

create table mailbox (
    mailbox       text         primary key,               -- imap:user@host/INBOX
    uid_validity  bigint       not null,
    uid           bigint       not null                   -- every mail up to this UID is in inbox
);

create table inbox (
    inbox_id      bigint       generated always as identity primary key,
    community_id  bigint       not null references community,
    mailbox       text         not null,
    uid_validity  bigint       not null,                  -- 0 for a Maildir
    uid           bigint       not null,                  -- 0 for a Maildir
    digest        bytea        not null,                  -- SHA-256 of raw
    raw           bytea,                                  -- RFC 5322 octets; emptied by retention
    too_large     boolean      not null,                  -- raw is the header only
    arrived_at    timestamptz  not null,                  -- when the mailbox got it: orders answers
    received_at   timestamptz  not null,                  -- when we got it
    state         text         not null default 'received' check (state in ('received', 'handled', 'failed')),
    attempt       integer      not null default 0,
    claimed_by    bigint,                                 -- the daemon at work on it
    retry_at      timestamptz  not null,
    settled_at    timestamptz,
    disposition   text,                                   -- what it turned out to be
    note          text,                                   -- last error, for a person
    unique (community_id, digest),
    check ((state = 'received') = (settled_at is null)),
    check ((state = 'handled') = (disposition is not null))
);
create unique index inbox_place on inbox (mailbox, uid_validity, uid) where uid > 0;
create index inbox_waiting on inbox (retry_at, inbox_id) where state = 'received' and claimed_by is null;
create index inbox_claimed on inbox (claimed_by) where claimed_by is not null;
create index inbox_failed on inbox (settled_at) where state = 'failed';

create table answer (
    answer_id     bigint       generated always as identity primary key,
    invitation_id bigint       not null references invitation on delete cascade,
    inbox_id      bigint       not null references inbox,
    stated_at     timestamptz  not null,                  -- when the mailbox got it
    answer        text         check (answer in ('yes', 'no', 'maybe')), -- null: nothing said about coming
    party         integer,
    because       jsonb        not null,                  -- the words and rules that it rests on
    state         text         not null check (state in ('applied', 'outdated', 'pending', 'confirmed', 'rejected', 'noted')),
    other_email   text,                                   -- set while pending: who wrote instead of the guest
    diets         text[]       not null default '{}',     -- of a pending answer; emptied when settled
    diet_notes    text[]       not null default '{}',
    unique (inbox_id, invitation_id)
);
create index answer_invitation on answer (invitation_id, stated_at);

create table proposal (
    proposal_id   bigint       primary key references inbox, -- the mail that asked for it
    community_id  bigint       not null references community,
    organizer_id  bigint       not null references person on delete cascade,
    command       jsonb        not null,                  -- what is carried out on yes
    shown         jsonb        not null,                  -- the effects that the preview showed
    gathering_id  bigint       references gathering on delete cascade,
    version       integer,                                -- the gathering's, when the preview was made
    expires_at    timestamptz  not null,
    settled_at    timestamptz,
    outcome       text         check (outcome in ('done', 'dropped', 'changed')),
    check ((settled_at is null) = (outcome is null))
);

create table outbox (
    outbox_id     bigint       generated always as identity primary key,
    community_id  bigint       not null references community,
    purpose       text         not null unique,           -- why it exists: one mail for one purpose, ever
    message_id    text         not null unique,           -- derived from the purpose, without angle brackets
    letter        text         not null,                  -- template's name
    person_id     bigint       references person on delete set null,
    gathering_id  bigint       references gathering on delete set null,
    invitation_id bigint       references invitation on delete set null,
    proposal_id   bigint       references proposal,       -- the preview it shows
    answers       bigint       references inbox,          -- the mail that it answers
    sender        text         not null,                  -- reverse-path
    recipient     text         not null,                  -- forward-path; one a mail
    message       bytea,                                  -- finished octets; emptied by retention
    body_text     text,                                   -- what it said, to subtract from a reply that quotes it
    on_doubt      text         not null check (on_doubt in ('resend', 'hold')),
    state         text         not null default 'queued'
                  check (state in ('queued', 'sending', 'sent', 'failed', 'doubtful', 'cancelled')),
    claimed_by    bigint,                                 -- the daemon at work on it
    attempt       integer      not null default 0,
    due_at        timestamptz  not null,                  -- also the time of the next try
    expires_at    timestamptz  not null,                  -- later than this it is no longer useful
    created_at    timestamptz  not null,
    attempted_at  timestamptz,
    settled_at    timestamptz,
    reply         text,                                   -- the server's last words, or the reason
    check ((state in ('sent', 'failed', 'cancelled')) = (settled_at is not null)),
    check (state <> 'sending' or claimed_by is not null)
);
create index outbox_due on outbox (due_at, outbox_id) where state = 'queued' and claimed_by is null;
create index outbox_claimed on outbox (claimed_by) where claimed_by is not null;
create index outbox_doubtful on outbox (attempted_at) where state = 'doubtful';
create index outbox_failed on outbox (settled_at) where state = 'failed';
create index outbox_person on outbox (person_id, created_at);
create index outbox_invitation on outbox (invitation_id) where invitation_id is not null;
create index outbox_gathering on outbox (gathering_id) where state = 'queued';

create table audit (
    audit_id      bigint       generated always as identity primary key,
    community_id  bigint       not null references community,
    at            timestamptz  not null,
    person_id     bigint       references person on delete set null, -- who caused it
    inbox_id      bigint       references inbox,          -- by which mail
    gathering_id  bigint       references gathering on delete set null,
    act           text         not null,                  -- a word: gathering-created, seats-changed …
    details       jsonb        not null                   -- ids and numbers, no texts
);
create index audit_gathering on audit (gathering_id, at);
