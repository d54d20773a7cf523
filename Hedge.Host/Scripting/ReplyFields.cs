using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>The fields of the tables that stand for replies in Lua, and of its errors.</summary>
internal static class ReplyFields
{
    public static readonly LuaString Ok = LuaString.Name("ok");
    public static readonly LuaString Err = LuaString.Name("err");
    public static readonly LuaString Map = LuaString.Name("map");
    public static readonly LuaString Set = LuaString.Name("set");
    public static readonly LuaString DoubleNumber = LuaString.Name("double");
    public static readonly LuaString BigNumber = LuaString.Name("big_number");
    public static readonly LuaString Verbatim = LuaString.Name("verbatim_string");

    /// <summary>Of the table in <see cref="Verbatim"/>: three letters.</summary>
    public static readonly LuaString Format = LuaString.Name("format");

    /// <summary>Of the table in <see cref="Verbatim"/>.</summary>
    public static readonly LuaString Text = LuaString.Name("string");
}
