-- What tells an outage: since when a mail is put off, and when a mailbox was last looked at.

alter table outbox
    add column put_off_since timestamptz; -- when it could first not be given to a server; null: not tried, or taken at once

alter table community
    add column looked_at timestamptz; -- when its mailbox was last looked at with success, to the minute; null: nobody has tried
