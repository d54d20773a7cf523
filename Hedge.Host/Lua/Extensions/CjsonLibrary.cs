using System.Globalization;
using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// The library <c>cjson</c>, version 2.1.0. Settings belong to the table that <c>new</c> makes, or to the
/// machine's one.
/// </summary>
internal static class CjsonLibrary
{
    private static readonly string[] OffAndOn = ["off", "on"];
    private static readonly string[] OffOnAndNull = ["off", "on", "null"];

    public static void Open(LuaMachine m) => m.Globals.Set("cjson", NewTable(m));

    private static LuaTable NewTable(LuaMachine m)
    {
        LuaTable t = m.NewTable();
        var settings = new CjsonSettings();
        LuaLibraries.Set(m, t, "encode", CjsonEncoder.Encode, settings);
        LuaLibraries.Set(m, t, "decode", CjsonDecoder.Decode, settings);
        LuaLibraries.Set(m, t, "encode_sparse_array", SetSparseArray, settings);
        LuaLibraries.Set(m, t, "encode_max_depth", SetEncodeDepth, settings);
        LuaLibraries.Set(m, t, "decode_max_depth", SetDecodeDepth, settings);
        LuaLibraries.Set(m, t, "encode_number_precision", SetPrecision, settings);
        LuaLibraries.Set(m, t, "encode_keep_buffer", SetKeepBuffer, settings);
        LuaLibraries.Set(m, t, "encode_invalid_numbers", SetEncodeInvalid, settings);
        LuaLibraries.Set(m, t, "decode_invalid_numbers", SetDecodeInvalid, settings);
        LuaLibraries.Set(m, t, "new", static c => c.Return(NewTable(c.Machine)));
        t.Set("null", LuaUserdata.Null);
        t.Set("_NAME", LuaString.Name("cjson"));
        t.Set("_VERSION", LuaString.Name("2.1.0"));
        return t;
    }

    private static LuaAction SetSparseArray(LuaCall c)
    {
        CjsonSettings settings = Begin(c, 3);
        int converts = Choice(c, 1, settings.ConvertsSparseArrays ? 1 : 0, OffAndOn);
        settings.ConvertsSparseArrays = converts == 1;
        settings.SparseRatio = Integer(c, 2, settings.SparseRatio, 0, int.MaxValue);
        settings.SparseSafe = Integer(c, 3, settings.SparseSafe, 0, int.MaxValue);
        c.Push(settings.ConvertsSparseArrays);
        c.Push((double)settings.SparseRatio);
        c.Push((double)settings.SparseSafe);
        return LuaCall.Return(3);
    }

    private static LuaAction SetEncodeDepth(LuaCall c)
    {
        CjsonSettings settings = Begin(c, 1);
        settings.EncodeDepthMax = Integer(c, 1, settings.EncodeDepthMax, 1, int.MaxValue);
        return c.Return((double)settings.EncodeDepthMax);
    }

    private static LuaAction SetDecodeDepth(LuaCall c)
    {
        CjsonSettings settings = Begin(c, 1);
        settings.DecodeDepthMax = Integer(c, 1, settings.DecodeDepthMax, 1, int.MaxValue);
        return c.Return((double)settings.DecodeDepthMax);
    }

    private static LuaAction SetPrecision(LuaCall c)
    {
        CjsonSettings settings = Begin(c, 1);
        settings.NumberPrecision = Integer(c, 1, settings.NumberPrecision, 1, 14);
        return c.Return((double)settings.NumberPrecision);
    }

    private static LuaAction SetKeepBuffer(LuaCall c)
    {
        CjsonSettings settings = Begin(c, 1);
        settings.KeepsBuffer = Choice(c, 1, settings.KeepsBuffer ? 1 : 0, OffAndOn) == 1;
        return c.Return(settings.KeepsBuffer);
    }

    private static LuaAction SetEncodeInvalid(LuaCall c)
    {
        CjsonSettings settings = Begin(c, 1);
        InvalidNumbers now = (InvalidNumbers)Choice(c, 1, (int)settings.EncodeInvalidNumbers, OffOnAndNull);
        settings.EncodeInvalidNumbers = now;
        return now == InvalidNumbers.Null
            ? c.Return(LuaString.Name("null")) : c.Return(now != InvalidNumbers.Off);
    }

    private static LuaAction SetDecodeInvalid(LuaCall c)
    {
        CjsonSettings settings = Begin(c, 1);
        settings.DecodesInvalidNumbers = Choice(c, 1, settings.DecodesInvalidNumbers ? 1 : 0, OffAndOn) == 1;
        return c.Return(settings.DecodesInvalidNumbers);
    }

    private static CjsonSettings Begin(LuaCall c, int argumentsMax) => c.Count <= argumentsMax
        ? (CjsonSettings)c.Data! : throw c.BadArgument(argumentsMax + 1, "found too many arguments");

    // Whichever argument it is, an error names the first.
    private static int Integer(LuaCall c, int number, int otherwise, int min, int max)
    {
        if (c[number].IsNil) return otherwise;
        int value = (int)c.Integer(number);
        if (value >= min && value <= max) return value;
        throw c.BadArgument(1,
            string.Create(CultureInfo.InvariantCulture, $"expected integer between {min} and {max}"));
    }

    private static int Choice(LuaCall c, int number, int otherwise, string[] names)
    {
        LuaValue value = c[number];
        if (value.IsNil) return otherwise;
        if (value.IsBoolean) return value.IsFalsy ? 0 : 1;
        string name = c.String(number).ToString();
        // C's texts end at a zero byte.
        int end = name.IndexOf('\0', StringComparison.Ordinal);
        if (end >= 0) name = name[..end];
        int choice = Array.IndexOf(names, name);
        return choice >= 0 ? choice : throw c.BadArgument(number, $"invalid option '{name}'");
    }
}
