-- A later round of invitations opens so many days after the one before it, unless it has a day of its own.

alter table wave
    add column after_days integer not null default 4 check (after_days between 1 and 365);
