-- Guests who are told to keep a day free long before they are asked, and hosts who hear of what is
-- new like their guests.

alter table invitation
    add column keeps_free boolean not null default false; -- first told to keep the day free, and asked nearer to it

alter table gathering
    add column host_since   timestamptz,                  -- since when the host is who it is; null: from the beginning
    add column host_gone_at timestamptz;                  -- when whoever was to be the host was erased; null while somebody else is, or nobody was
