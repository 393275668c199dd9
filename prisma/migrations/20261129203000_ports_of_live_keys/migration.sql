-- A port is never given back while a key that opens it lives: the next export on that port would be open to that key's sessions.
CREATE FUNCTION refuse_port_of_live_key() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM resources AS key
    WHERE key.kind = 'data-key' AND key.state <> 'released' AND key.data->'openPorts' @> to_jsonb(OLD.identity::int)
  ) THEN
    RAISE EXCEPTION 'port % is opened by a key that lives', OLD.identity USING ERRCODE = 'restrict_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN
    RETURN OLD;
  END IF;
  RETURN NEW;
END $$;

CREATE TRIGGER port_outlives_its_keys BEFORE UPDATE OF state ON resources
  FOR EACH ROW WHEN (OLD.kind = 'port' AND OLD.state <> 'released' AND NEW.state = 'released')
  EXECUTE FUNCTION refuse_port_of_live_key();

CREATE TRIGGER port_outlives_its_keys_gone BEFORE DELETE ON resources
  FOR EACH ROW WHEN (OLD.kind = 'port' AND OLD.state <> 'released')
  EXECUTE FUNCTION refuse_port_of_live_key();
