-- Hosts who are away or have left: organizers hear of them, once for each time.

alter table member
    add column away_since timestamptz; -- since when they are away or have left; null: neither

-- Who became a host while they were away has known that they can.
update member
   set away_since = least(now(), (select min(host_since) from gathering
                                   where host_id = member.person_id and gathering.state = 'open'))
 where state = 'paused';

update member set away_since = now() where state = 'left';

update gathering set host_gone_at = now()
  from member
 where member.person_id = host_id and member.state = 'left'
   and gathering.state = 'open' and starts_at > now();
