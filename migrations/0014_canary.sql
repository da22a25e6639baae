-- What our own mail server does to forged results: each forged mail that we have sent to ourselves.

create table canary (
    canary_id     bigint       generated always as identity primary key,
    community_id  bigint       not null references community,
    border        text         not null,                  -- authserv_id and border_host as they were when it was sent
    sent_at       timestamptz  not null,
    came_at       timestamptz,                            -- when it was back; null: not yet
    passed        boolean,                                -- whether it came over the border, and without its forged result
    check ((came_at is null) = (passed is null))
);
create index canary_last on canary (community_id, canary_id);

alter table community
    drop column canary_at,
    drop column canary_stripped,
    add column canary_border text,                        -- for which border the next one is planned
    add column canary_next timestamptz;                   -- when it is due; null: at once
