-- Communities and the people in them. Each community is an island: a person who is in two of them
-- is two rows, so that nothing learnt in one can reach the other.

create table community (
    community_id  bigint       generated always as identity primary key,
    slug          text         not null unique,           -- short name in the configuration and on the command line
    name          text         not null,
    address       text         not null unique,           -- where people write to, lower case
    language      text         not null check (language in ('en', 'nb')),
    zone          text         not null,                  -- IANA zone, e.g. Europe/Oslo
    plan_at       timestamptz  not null default '-infinity' -- nothing about its digests is due before; a cache, never a memory
);

create table person (
    person_id     bigint       generated always as identity primary key,
    community_id  bigint       not null references community,
    name          text         not null check (name <> ''),
    language      text         check (language in ('en', 'nb')), -- null: the community's
    phone         text,                                   -- told to guests if this person is host
    created_at    timestamptz  not null
);
create index person_community on person (community_id);

create table address (
    address_id    bigint       generated always as identity primary key,
    community_id  bigint       not null references community,
    person_id     bigint       not null references person on delete cascade,
    email         text         not null check (email = lower(email)),
    is_primary    boolean      not null,                  -- where letters go
    verified_at   timestamptz,                            -- null: known, but not yet answered from
    unique (community_id, email)
);
create unique index address_primary on address (person_id) where is_primary;

create table member (
    person_id     bigint       primary key references person on delete cascade,
    state         text         not null check (state in ('candidate', 'active', 'paused', 'left')),
    is_organizer  boolean      not null default false,
    is_host       boolean      not null default false,
    is_mentor     boolean      not null default false
);
