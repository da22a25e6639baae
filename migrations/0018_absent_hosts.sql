-- Hosts who are away or have left: organizers hear of them, once for each time.

alter table member
    add column away_since timestamptz; -- since when they are away or have left; null: neither

update member set away_since = now() where state in ('paused', 'left');

alter table member
    add constraint away_since_a_moment check ((away_since is not null) = (state in ('paused', 'left')));
