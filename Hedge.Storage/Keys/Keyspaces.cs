namespace Hedge.Storage.Keys;

/// <summary>
/// Which keyspace (incarnation) each database of a partition is, and how many keys it has. Keyspace 0 is the
/// runs' expiry index; an id is never used again.
/// </summary>
internal sealed class Keyspaces
{
    /// <summary>Set in a keyspace's id for the nodes of its collections: a keyspace of their own, which dies
    /// with it, so that nothing that goes over the keys of a database meets a node.</summary>
    public const uint NodeBit = 1u << 31;

    private readonly uint[] _ids;
    private readonly long[] _keys;
    private readonly long[] _expires;
    private readonly long[] _nodes;

    public Keyspaces(int databases)
    {
        _ids = new uint[databases];
        _keys = new long[databases];
        _expires = new long[databases];
        _nodes = new long[databases];
        for (int i = 0; i < databases; i++) _ids[i] = (uint)i + 1;
        Next = (uint)databases + 1;
    }

    /// <summary>Number of databases.</summary>
    public int Databases => _ids.Length;

    /// <summary>The id the next flushed database gets.</summary>
    public uint Next { get; private set; }

    /// <summary>The keyspace of a database.</summary>
    public uint IdOf(int database) => _ids[database];

    /// <summary>The database whose keyspace this is; -1 for a dead one.</summary>
    public int DatabaseOf(uint keyspace) => Array.IndexOf(_ids, keyspace);

    /// <summary>True when some database is this keyspace, or this is where its collections have their
    /// nodes.</summary>
    public bool IsLive(uint keyspace) => _ids.AsSpan().Contains(keyspace & ~NodeBit);

    /// <summary>Keys in the database, also expired ones that have not been removed yet.</summary>
    public long Keys(int database) => _keys[database];

    /// <summary>Keys in the database that have an expiry.</summary>
    public long Expires(int database) => _expires[database];

    /// <summary>Nodes of the database's collections, about: how many go with a collection is an estimate, and
    /// only a merge of all runs puts it right.</summary>
    public long Nodes(int database) => _nodes[database];

    /// <summary>Adds to the counts of a keyspace; a dead one has none. The keys of a keyspace of nodes are
    /// nodes.</summary>
    public void Count(uint keyspace, long keys, long expires)
    {
        if ((keyspace & NodeBit) != 0)
        {
            int owner = DatabaseOf(keyspace & ~NodeBit);
            if (owner >= 0) _nodes[owner] += keys;
            return;
        }

        int database = DatabaseOf(keyspace);
        if (database < 0) return;
        _keys[database] += keys;
        _expires[database] += expires;
    }

    /// <summary>Gives the database a fresh keyspace without keys.</summary>
    public void Flush(int database) => Assign(database, Next);

    /// <summary>Gives the database the keyspace that the log says, without keys.</summary>
    public void Assign(int database, uint keyspace)
    {
        _ids[database] = keyspace;
        _keys[database] = _expires[database] = _nodes[database] = 0;
        Next = Math.Max(Next, keyspace + 1);
    }

    /// <summary>Exchanges two databases.</summary>
    public void Swap(int first, int second)
    {
        (_ids[first], _ids[second]) = (_ids[second], _ids[first]);
        (_keys[first], _keys[second]) = (_keys[second], _keys[first]);
        (_expires[first], _expires[second]) = (_expires[second], _expires[first]);
        (_nodes[first], _nodes[second]) = (_nodes[second], _nodes[first]);
    }

    /// <summary>A copy that stays as it is now.</summary>
    public Keyspaces Copy()
    {
        Keyspaces copy = new(_ids.Length) { Next = Next };
        _ids.CopyTo(copy._ids, 0);
        _keys.CopyTo(copy._keys, 0);
        _expires.CopyTo(copy._expires, 0);
        _nodes.CopyTo(copy._nodes, 0);
        return copy;
    }

    /// <summary>Sets a database as recovered.</summary>
    public void Restore(int database, uint keyspace, long keys, long expires)
    {
        _ids[database] = keyspace;
        _keys[database] = keys;
        _expires[database] = expires;
        Next = Math.Max(Next, keyspace + 1);
    }

    /// <summary>Raises the next id, as recovered.</summary>
    public void RestoreNext(uint next) => Next = Math.Max(Next, next);
}
