-- Questions that the members have been asked, so that none is asked twice.
create table asked (
    community_id  bigint       not null references community,
    round         timestamp    not null,                  -- the local time at which it was due
    question      text         not null,                  -- as the configuration has it
    asked_at      timestamptz  not null,
    primary key (community_id, round),
    unique (community_id, question)
);
