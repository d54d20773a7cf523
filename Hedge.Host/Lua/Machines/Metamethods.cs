using System.Runtime.CompilerServices;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// What a metatable can decide on. The first eight are remembered by tables when they are missing.
/// </summary>
internal enum MetaEvent
{
    Index,
    NewIndex,
    Equal,
    Call,
    ToString,
    Length,
    Metatable,
    Unused,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
    Negate,
    LessThan,
    LessEqual,
    Concat,
}

/// <summary>Finds metamethods.</summary>
internal static class Metamethods
{
    private const int LevelsMax = 16;

    private static readonly LuaString[] Names =
    [
        .. ((string[])
        [
            "__index", "__newindex", "__eq", "__call", "__tostring", "__len", "__metatable", "__unused",
                "__add", "__sub",
            "__mul", "__div", "__mod", "__pow", "__unm", "__lt", "__le", "__concat",
        ]).Select(LuaString.Name),
    ];

    /// <summary>The metatable of a value, or null.</summary>
    public static LuaTable? MetatableOf(LuaMachine m, in LuaValue value) => value.Ref switch
    {
        LuaTable table => table.Metatable,
        LuaString => m.StringMetatable,
        LuaUserdata userdata => userdata.Metatable,
        _ => null,
    };

    /// <summary>The metamethod of a value, or nil.</summary>
    public static LuaValue Of(LuaMachine m, in LuaValue value, MetaEvent e) =>
        MetatableOf(m, value) is { } metatable ? In(metatable, e) : default;

    /// <summary>The metamethod in a metatable, or nil.</summary>
    public static LuaValue In(LuaTable metatable, MetaEvent e)
    {
        if (e > MetaEvent.Unused) return metatable.Get(Names[(int)e]);
        int bit = 1 << (int)e;
        if ((metatable.AbsentEvents & bit) != 0) return default;
        LuaValue found = metatable.Get(Names[(int)e]);
        if (found.IsNil) metatable.AbsentEvents |= (byte)bit;
        return found;
    }

    /// <summary>
    /// A field that a table does not have itself, by way of metatables whose <c>__index</c> are tables: nil
    /// when none has it, a null reference when the way is another.
    /// </summary>
    public static ref LuaValue Inherited(LuaTable table, LuaString name)
    {
        for (int level = 0; level < LevelsMax; level++)
        {
            if (table.Metatable is not { } metatable) return ref table.Find(name);
            ref LuaValue handler = ref metatable.Find(Names[(int)MetaEvent.Index]);
            if (handler.Ref is null) return ref table.Find(name);
            if (handler.Ref is not LuaTable next) break;
            table = next;
            ref LuaValue found = ref table.Find(name);
            if (found.Ref is not null) return ref found;
        }

        return ref Unsafe.NullRef<LuaValue>();
    }

    /// <summary>The metamethod for comparing two values: both must have the same.</summary>
    public static LuaValue OfBoth(LuaMachine m, in LuaValue a, in LuaValue b, MetaEvent e)
    {
        LuaValue first = Of(m, a, e);
        if (first.IsNil) return first;
        return LuaValue.RawEquals(first, Of(m, b, e)) ? first : default;
    }
}
