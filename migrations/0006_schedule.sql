-- Time: rounds of invitations, promised answers, sheets for host and kitchen, and calendars that
-- never overtake each other.

alter table gathering
    add column asked_sequence integer not null default 0, -- SEQUENCE when guests were last asked: of the last move to another date
    add column kitchen_by     timestamp;                  -- local; from then on the kitchen takes no change, and no seat is offered

alter table invitation
    add column answers_by     date;                       -- the guest has promised an answer by the end of this local day

-- Later rounds of invitations. Their guests have no invitation before the round opens, so nothing
-- anywhere shows them to be waiting for one.
create table wave (
    gathering_id  bigint       not null references gathering on delete cascade,
    number        integer      not null check (number >= 2), -- the first round is invited with the gathering
    opens_on      date,                                   -- the local day on which it opens; null: when seats are left
    opened_at     timestamptz,
    primary key (gathering_id, number)
);

create table wave_guest (
    gathering_id  bigint       not null,
    person_id     bigint       not null references person on delete cascade,
    number        integer      not null,                  -- the round
    primary key (gathering_id, person_id),
    foreign key (gathering_id, number) references wave on delete cascade
);
create index wave_guest_person on wave_guest (person_id);

-- What host and kitchen were last told, so that they are told again only what has changed.
create table sheet (
    gathering_id  bigint       not null references gathering on delete cascade,
    kind          text         not null check (kind in ('host', 'kitchen')),
    round         integer      not null check (round >= 1), -- how many there have been
    content       jsonb,                                  -- as told; purged with the diets, a week after
    written_at    timestamptz  not null,
    primary key (gathering_id, kind)
);

alter table outbox
    add column calendar_sequence integer;                 -- SEQUENCE of its calendar part; null where it has none
create index outbox_calendar on outbox (invitation_id, calendar_sequence)
    where calendar_sequence is not null;
