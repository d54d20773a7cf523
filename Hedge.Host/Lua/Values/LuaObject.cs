namespace Hedge.Host.Lua.Values;

/// <summary>The types of Lua's values, in the order of Lua's own numbers for them.</summary>
internal enum LuaType : byte
{
    Nil,
    Boolean,
    LightUserdata,
    Number,
    String,
    Table,
    Function,
    Userdata,
    Thread,
}

/// <summary>
/// A value of Lua that is more than a number or a truth value: it has an identity, or bytes.
/// </summary>
internal abstract class LuaObject(LuaType type)
{
    /// <summary>The mark of an object that belongs to no machine: no count of memory enters it.</summary>
    public const int SharedMark = int.MaxValue;

    /// <summary>What it is, for <c>type</c>.</summary>
    public readonly LuaType Type = type;

    /// <summary>The last count of memory that has seen the object.</summary>
    public int Mark;
}

/// <summary>
/// An object of the host. A light one is equal to another with an equal payload's identity only.
/// </summary>
internal sealed class LuaUserdata(object? payload, bool light = false)
    : LuaObject(light ? LuaType.LightUserdata : LuaType.Userdata)
{
    /// <summary>The null pointer of C as a value: a light one, the same in all machines.</summary>
    public static LuaUserdata Null { get; } = new(null, light: true) { Mark = SharedMark };

    /// <summary>What the host keeps in it.</summary>
    public object? Payload { get; } = payload;

    /// <summary>Its metatable, if any.</summary>
    public LuaTable? Metatable { get; set; }
}
