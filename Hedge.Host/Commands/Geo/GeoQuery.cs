using Hedge.Host.Commands.Collections;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Geo;

/// <summary>The arguments of a search.</summary>
internal ref struct GeoQuery
{
    private readonly CommandContext _context;
    private readonly GeoCommand _command;
    private readonly StoredSortedSet _set;
    private GeoPosition _center;
    private double _width;
    private double _height;
    private double _unit = 1;
    private bool _hasCenter;
    private bool _hasPlace;
    private bool _hasRadius;
    private bool _hasBox;

    private GeoQuery(CommandContext context, GeoCommand command, StoredSortedSet set)
    {
        _context = context;
        _command = command;
        _set = set;
    }

    /// <summary>What is searched.</summary>
    public readonly GeoShape Shape => new(_center, _width, _height, _hasBox, _unit);

    /// <summary>The argument that is the key to store at; 0 for none.</summary>
    public int StoreAt { get; private set; }

    /// <summary>True to store distances instead of scores.</summary>
    public bool StoresDistances { get; private set; }

    /// <summary>WITHDIST.</summary>
    public bool WithDistance { get; private set; }

    /// <summary>WITHHASH.</summary>
    public bool WithHash { get; private set; }

    /// <summary>WITHCOORD.</summary>
    public bool WithPosition { get; private set; }

    /// <summary>ANY: the first ones found will do.</summary>
    public bool Any { get; private set; }

    /// <summary>COUNT; 0 for all.</summary>
    public long Count { get; private set; }

    /// <summary>1 for ascending distances, -1 for descending ones, 0 as they come.</summary>
    public int Order { get; private set; }

    /// <summary>Reads the arguments. False when a record is not resident, or an error was replied.</summary>
    public static bool TryRead(CommandContext context, GeoCommand command, StoredSortedSet set,
        out GeoQuery query)
    {
        query = new GeoQuery(context, command, set);
        bool isStore = command == GeoCommand.SearchStore;
        if (isStore) query.StoreAt = 1;
        int next = 2;
        switch (command)
        {
            case GeoCommand.Radius or GeoCommand.RadiusReadOnly:
                next = 6;
                if (!GeoReply.TryRead(context, 2, out query._center) || !query.TryRadius(4)) return false;
                break;
            case GeoCommand.RadiusByMember or GeoCommand.RadiusByMemberReadOnly:
                next = 5;
                // Without a key nothing is searched, and Redis does not look at the radius either.
                if (set.Collection.Exists && (!query.TryMember(2) || !query.TryRadius(3))) return false;
                break;
            default:
                next = isStore ? 3 : 2;
                break;
        }

        while (next < context.ArgumentCount)
            if (!query.TryOption(ref next)) return false;
        return query.IsComplete();
    }

    private readonly bool IsSearch => _command is GeoCommand.Search or GeoCommand.SearchStore;

    private bool TryOption(ref int at)
    {
        int left = _context.ArgumentCount - at - 1;
        int word = at++;
        if (_context.Is(word, "WITHDIST"u8)) WithDistance = true;
        else if (_context.Is(word, "WITHHASH"u8)) WithHash = true;
        else if (_context.Is(word, "WITHCOORD"u8)) WithPosition = true;
        else if (_context.Is(word, "ANY"u8)) Any = true;
        else if (_context.Is(word, "ASC"u8)) Order = 1;
        else if (_context.Is(word, "DESC"u8)) Order = -1;
        else if (left >= 1 && _context.Is(word, "COUNT"u8)) return TryCount(at++);
        else if (IsSearch) return TrySearchOption(word, left, ref at);
        else return TryStore(word, left, ref at);
        return true;
    }

    private bool TryStore(int word, int left, ref int at)
    {
        bool isDistance = _context.Is(word, "STOREDIST"u8);
        bool stores = _command is GeoCommand.Radius or GeoCommand.RadiusByMember;
        if (!stores || left < 1 || !(isDistance || _context.Is(word, "STORE"u8))) return Refuse();
        StoreAt = at++;
        StoresDistances = isDistance;
        return true;
    }

    private bool TrySearchOption(int word, int left, ref int at)
    {
        if (_command == GeoCommand.SearchStore && _context.Is(word, "STOREDIST"u8))
        {
            StoresDistances = true;
            return true;
        }

        if (left >= 1 && !_hasPlace && _context.Is(word, "FROMMEMBER"u8))
        {
            _hasCenter = true;
            int member = at++;
            return !_set.Collection.Exists || TryMember(member);
        }

        if (left >= 2 && !_hasCenter && _context.Is(word, "FROMLONLAT"u8))
        {
            _hasPlace = true;
            at += 2;
            return GeoReply.TryRead(_context, at - 2, out _center);
        }

        if (left >= 2 && !_hasBox && _context.Is(word, "BYRADIUS"u8))
        {
            _hasRadius = true;
            at += 2;
            return TryRadius(at - 2);
        }

        if (left < 3 || _hasRadius || !_context.Is(word, "BYBOX"u8)) return Refuse();
        _hasBox = true;
        at += 3;
        return TryBox(at - 3);
    }

    private readonly bool Refuse()
    {
        _context.Reply.Error(ErrorText.Syntax);
        return false;
    }

    private bool TryCount(int index)
    {
        if (!_context.TryInteger(index, out long count)) return false;
        Count = count;
        if (count > 0) return true;
        _context.Reply.Error("ERR COUNT must be > 0");
        return false;
    }

    private bool TryMember(int index)
    {
        if (!_set.TryFind(_context.Argument(index), out bool isThere, out double score)) return false;
        _center = GeoCell.OfScore(score).Middle;
        if (isThere) return true;
        _context.Reply.Error("ERR could not decode requested zset member");
        return false;
    }

    private bool TryRadius(int index)
    {
        if (!Scores.TryRead(_context, index, out _width, "ERR need numeric radius")) return false;
        if (_width >= 0) return GeoUnit.TryRead(_context, index + 1, out _unit);
        _context.Reply.Error("ERR radius cannot be negative");
        return false;
    }

    private bool TryBox(int index)
    {
        if (!Scores.TryRead(_context, index, out _width, "ERR need numeric width")
            || !Scores.TryRead(_context, index + 1, out _height, "ERR need numeric height")) return false;
        if (_width >= 0 && _height >= 0) return GeoUnit.TryRead(_context, index + 2, out _unit);
        _context.Reply.Error("ERR height or width cannot be negative");
        return false;
    }

    private readonly bool IsComplete()
    {
        if (StoreAt > 0 && (WithDistance || WithHash || WithPosition))
        {
            string option = IsSearch ? "GEOSEARCHSTORE" : "STORE option in GEORADIUS";
            _context.Reply.Error(
                $"ERR {option} is not compatible with WITHDIST, WITHHASH and WITHCOORD options");
        }
        else if (IsSearch && !_hasCenter && !_hasPlace)
        {
            ReplyText.Error(_context, "ERR exactly one of FROMMEMBER or FROMLONLAT can be specified for "u8,
                _context.Argument(0));
        }
        else if (IsSearch && !_hasRadius && !_hasBox)
        {
            ReplyText.Error(_context, "ERR exactly one of BYRADIUS and BYBOX can be specified for "u8,
                _context.Argument(0));
        }
        else if (Any && Count == 0)
        {
            _context.Reply.Error("ERR the ANY argument requires COUNT argument");
        }
        else
        {
            return true;
        }

        return false;
    }
}
