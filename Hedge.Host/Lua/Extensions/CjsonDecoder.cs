using System.Globalization;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// <c>cjson.decode</c>: each token is what is expected there, or an error. An array or object becomes a level
/// until its end, and then a value of the level below. The budget is asked after each token.
/// </summary>
internal sealed class CjsonDecoder : IMemoryHolder
{
    private readonly CjsonSettings _settings;
    private readonly CjsonTokens _tokens;
    private readonly WorkStack<Level> _levels;
    private Expected _expected;
    private LuaValue _result;

    // What the levels and the argument would take of the stack of C's Lua.
    private int _slots = 1;

    private CjsonDecoder(LuaMachine machine, CjsonSettings settings, LuaString text)
    {
        _settings = settings;
        _tokens = new CjsonTokens(machine, text, settings.DecodesInvalidNumbers);
        _levels = new WorkStack<Level>(machine.Memory);
    }

    private enum Expected : byte
    {
        Value,
        FirstElement,
        AfterElement,
        FirstKey,
        Key,
        Colon,
        AfterField,
        End,
        Nothing,
    }

    /// <summary>The body of the function.</summary>
    public static LuaAction Decode(LuaCall c)
    {
        if (c.Step == 0) Begin(c);
        var decoder = (CjsonDecoder)c.State!;
        CjsonTokens tokens = decoder._tokens;
        while (true)
        {
            int before = tokens.At;
            if (tokens.Read()) decoder.Take(c);
            if (decoder._expected == Expected.Nothing) return c.Return(decoder._result);
            int cost = 1 + ((tokens.At - before) / LuaExtensions.BytesPerInstruction);
            if (c.Spend(cost)) return c.Again(1);
        }
    }

    void IMemoryHolder.Count(MemoryCount count)
    {
        count.Add(_result);
        count.Add(_levels.Bytes);
        _tokens.Count(count);
        foreach (ref readonly Level level in _levels.Levels)
        {
            count.Add(level.Table);
            count.Add(level.Key);
        }
    }

    private static void Begin(LuaCall c)
    {
        if (c.Count != 1) throw c.BadArgument(1, "expected 1 argument");
        LuaString text = c.String(1);
        if (text.Length >= 2 && (text.Span[0] == 0 || text.Span[1] == 0))
            throw c.Failure("JSON parser does not support UTF-16 or UTF-32");
        c.State = new CjsonDecoder(c.Machine, (CjsonSettings)c.Data!, text);
    }

    private void Take(LuaCall c)
    {
        CjsonToken token = _tokens.Token;
        switch (_expected)
        {
            case Expected.Value:
                TakeValue(c, token);
                break;
            case Expected.FirstElement:
                if (token == CjsonToken.ArrayEnd) Leave();
                else TakeValue(c, token);
                break;
            case Expected.AfterElement:
                if (token == CjsonToken.ArrayEnd) Leave();
                else Pass(c, CjsonToken.Comma, "comma or array end", Expected.Value);
                break;
            case Expected.FirstKey:
                if (token == CjsonToken.ObjectEnd) Leave();
                else TakeKey(c);
                break;
            case Expected.Key:
                TakeKey(c);
                break;
            case Expected.Colon:
                Pass(c, CjsonToken.Colon, "colon", Expected.Value);
                break;
            case Expected.AfterField:
                if (token == CjsonToken.ObjectEnd) Leave();
                else Pass(c, CjsonToken.Comma, "comma or object end", Expected.Key);
                break;
            default:
                Pass(c, CjsonToken.End, "the end", Expected.Nothing);
                break;
        }
    }

    private void Pass(LuaCall c, CjsonToken token, string name, Expected next)
    {
        if (_tokens.Token != token) throw _tokens.Unexpected(c, name);
        _expected = next;
    }

    private void TakeKey(LuaCall c)
    {
        Pass(c, CjsonToken.String, "object key string", Expected.Colon);
        _levels.Top.Key = _tokens.Value;
    }

    private void TakeValue(LuaCall c, CjsonToken token)
    {
        switch (token)
        {
            case CjsonToken.String or CjsonToken.Number or CjsonToken.Boolean or CjsonToken.Null:
                Deliver(_tokens.Value);
                break;
            case CjsonToken.ArrayBegin:
                Enter(c, false);
                break;
            case CjsonToken.ObjectBegin:
                Enter(c, true);
                break;
            default:
                throw _tokens.Unexpected(c, "value");
        }
    }

    private void Enter(LuaCall c, bool isObject)
    {
        int depth = _levels.Count + 1;
        int needed = isObject ? 3 : 2;
        if (depth > _settings.DecodeDepthMax || _slots + needed > LuaExtensions.StackSlotsMax)
        {
            throw c.Failure(string.Create(CultureInfo.InvariantCulture,
                $"Found too many nested data structures ({depth}) at character {_tokens.At}"));
        }

        _levels.Push(new Level { Table = c.Machine.NewTable(), IsObject = isObject });
        _slots += isObject ? 2 : 1;
        _expected = isObject ? Expected.FirstKey : Expected.FirstElement;
    }

    private void Leave()
    {
        LuaTable table = _levels.Top.Table;
        _slots -= _levels.Top.IsObject ? 2 : 1;
        _levels.Pop();
        Deliver(table);
    }

    private void Deliver(in LuaValue value)
    {
        if (_levels.Count == 0)
        {
            _result = value;
            _expected = Expected.End;
            return;
        }

        ref Level level = ref _levels.Top;
        if (level.IsObject) level.Table.Set(level.Key, value);
        else level.Table.Set(++level.Index, value);
        _expected = level.IsObject ? Expected.AfterField : Expected.AfterElement;
    }

    private struct Level
    {
        public LuaTable Table;
        public bool IsObject;

        /// <summary>The key of an object's next value.</summary>
        public LuaValue Key;

        /// <summary>How many elements an array has.</summary>
        public int Index;
    }
}
