using Hedge.Host.Lua.Libraries;
using Hedge.Host.Lua.Machines;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Extensions;

/// <summary>
/// The library <c>cmsgpack</c>, version 0.4.0: MessagePack as it was before it had binary strings and
/// extension types.
/// </summary>
internal static class MessagePackLibrary
{
    public static void Open(LuaMachine m)
    {
        LuaTable t = LuaLibraries.NewLibrary(m, "cmsgpack");
        LuaLibraries.Set(m, t, "pack", MessagePackEncoder.Pack);
        LuaLibraries.Set(m, t, "unpack", static c => MessagePackDecoder.Unpack(c, 0, 0, c.Count));
        LuaLibraries.Set(m, t, "unpack_one", static c =>
            MessagePackDecoder.Unpack(c, 1, c.Integer(2, 0), 1));
        LuaLibraries.Set(m, t, "unpack_limit", static c =>
            MessagePackDecoder.Unpack(c, c.Integer(2), c.Integer(3, 0), 1));
        t.Set("_NAME", LuaString.Name("cmsgpack"));
        t.Set("_VERSION", LuaString.Name("lua-cmsgpack 0.4.0"));
        t.Set("_COPYRIGHT", LuaString.Name("Copyright (C) 2012, Salvatore Sanfilippo"));
        t.Set("_DESCRIPTION", LuaString.Name("MessagePack C implementation for Lua"));
    }
}
