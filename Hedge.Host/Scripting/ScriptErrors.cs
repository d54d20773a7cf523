using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>What a script's error says to its client.</summary>
internal static class ScriptErrors
{
    /// <summary>The text, with its code: of an error of Redis its own, of others "ERR".</summary>
    public static string TextOf(in LuaValue error)
    {
        if (error.AsTable is not { } table) return "ERR " + Text(error);
        LuaValue text = table.Get(ReplyFields.Err);
        return text.IsNil ? "ERR unknown error" : Text(text);
    }

    /// <summary>The error for who needs what a program holds that runs too long.</summary>
    public static string Busy(ScriptProgram program) =>
        "BUSY Redis is busy running a script. You can only call "
        + $"{(program.IsFunction ? "FUNCTION" : "SCRIPT")} KILL or SHUTDOWN NOSAVE.";

    private static string Text(in LuaValue value)
    {
        if (value.AsString is { } text) return text.ToString();
        if (value.IsNumber) return LuaNumber.ToLuaString(value.Number).ToString();
        return value.IsNil ? "nil" : value.TypeName;
    }
}
