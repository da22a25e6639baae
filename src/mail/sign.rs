//! DKIM signatures (RFC 6376) for what we send.
