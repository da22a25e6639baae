-- What organizers ask for by mail: several things at a time, questions with numbered answers, and
-- the last thing taken back.

-- A preview or question is bound to the versions of all gatherings that it shows; they stand in
-- `shown`. `command` holds the commands, and where a number is awaited what each number stands for.
alter table proposal drop column version;

alter table gathering
    add column pre_read     text,                          -- what guests are asked to read
    add column speaker      text;                          -- who speaks, at a lecture

alter table invitation
    add column came         boolean;                       -- whether the guest came; null: nobody has said

-- What a mail of an organizer changed, so that it can be taken back, and so that it can be told what
-- led to a state.
create table errand (
    inbox_id      bigint       primary key references inbox, -- the mail that was obeyed
    community_id  bigint       not null references community,
    organizer_id  bigint       references person on delete set null,
    done_at       timestamptz  not null,
    lines         text[]       not null,                   -- the commands as written; emptied with the raw mail
    letters       text[]       not null,                   -- templates of the letters that it leads to
    before        jsonb,                                   -- the gatherings and invitations it touched, as they were; emptied with the raw mail
    after         jsonb,                                   -- and as it left them
    undone_at     timestamptz                              -- when it was taken back
);
create index errand_latest on errand (organizer_id, done_at desc);
