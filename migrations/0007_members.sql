-- What members ask for beside an answer, what is remembered with their consent, and what is forgotten.

alter table person
    add column diet_asked_at timestamptz;                 -- when we asked whether to remember what they eat; asked once

alter table member
    add column paused_until date,                         -- back on this local day; null: until they say so
    add column digest_wish text not null default 'usual'
        check (digest_wish in ('usual', 'weekly', 'monthly', 'never')); -- how often they want the digest

-- What somebody eats, kept beyond one gathering because they said so in a word of their own.
create table remembered (
    person_id     bigint       primary key references person on delete cascade,
    diets         text[]       not null,                  -- as in invitation
    diet_notes    text[]       not null,                  -- as in invitation
    consented_at  timestamptz  not null,                  -- when the mail that said so reached the mailbox
    question      text         not null,                  -- version of the words that were answered
    content_key   bytea        not null                   -- SHA-256 of the mail that said so
);

-- What members want the others to read, to help with, to have: goes out with the next digest.
create table contribution (
    contribution_id bigint     generated always as identity primary key,
    community_id  bigint       not null references community,
    person_id     bigint       not null references person on delete cascade, -- who
    inbox_id      bigint       not null references inbox, -- by which mail
    kind          text         not null check (kind in ('reading', 'ask', 'offer')),
    text          text         not null,                  -- their words, one line
    said_at       timestamptz  not null,                  -- when the mail reached the mailbox
    unique (inbox_id, kind, text)
);
create index contribution_said on contribution (community_id, said_at);

-- Something that waits for one word of somebody: the member's own, or an organizer's.
create table request (
    request_id    bigint       primary key references inbox, -- the mail that asked for it
    community_id  bigint       not null references community,
    person_id     bigint       not null references person on delete cascade, -- who asked, or in whose name
    kind          text         not null check (kind in ('data', 'erase', 'share', 'hand-over')),
    details       jsonb        not null,                  -- what is carried out on yes
    expires_at    timestamptz  not null,
    settled_at    timestamptz,
    outcome       text         check (outcome in ('done', 'dropped')),
    check ((settled_at is null) = (outcome is null))
);
create index request_person on request (person_id);

-- Addresses whose owners have been erased, as a keyed hash: nobody takes them in again unasked.
create table erased (
    community_id  bigint       not null references community,
    address_hash  text         not null,                  -- HMAC of the address under the installation's key
    erased_at     timestamptz  not null,
    primary key (community_id, address_hash)
);

alter table outbox
    add column forget boolean  not null default false;    -- emptied, recipient and all, as soon as it has left
