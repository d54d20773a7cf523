using System.Text;

namespace Hedge.Tests.Simulation.Worlds;

/// <summary>What a simulated client does beside sending commands.</summary>
internal enum SimControl
{
    /// <summary>It sends commands.</summary>
    None,

    /// <summary>It vanishes without reading its replies, and comes back as another client.</summary>
    Vanish,

    /// <summary>It closes its sending side, reads what still comes,
    /// and comes back as another client.</summary>
    HalfClose,

    /// <summary>It reads only a few bytes at a time for a while.</summary>
    Stall,
}

/// <summary>One step of a client's script: a command, a transaction, a Lua script,
/// or something that happens to the connection.</summary>
internal sealed record SimAction(string[][] Commands, bool IsTransaction = false,
    SimControl Control = SimControl.None, SimLua? Lua = null)
{
    /// <summary>True when the server runs it after all earlier commands of the connection,
    /// and before all later ones.
    /// </summary>
    public bool IsBarrier { get; } =
        IsTransaction || Lua != null || Control != SimControl.None
        || Commands.Any(command => KeysOf(command).Count() != 1);

    /// <summary>The only key, when it is not a barrier.</summary>
    public string Key => Commands[0][1];

    /// <summary>Replies that it gets.</summary>
    public int Replies => IsTransaction ? Commands.Length + 2 : Lua != null ? 1 : Commands.Length;

    /// <summary>True for several commands that happen at one moment, and answer together.</summary>
    public bool IsOneOfMany => IsTransaction || Lua != null;

    /// <summary>True when it has a PUBLISH.</summary>
    public bool Publishes { get; } = Commands.Any(IsPublish);

    /// <summary>True when it has a KEYS, whose reply has no order.</summary>
    public bool Lists { get; } = Commands.Any(command => command[0] == "KEYS");

    /// <summary>True for PUBLISH and SPUBLISH.</summary>
    public static bool IsPublish(string[] command) => command[0] is "PUBLISH" or "SPUBLISH";

    /// <summary>A single command.</summary>
    public static SimAction Of(params string[] command) => new([command]);

    /// <summary>A command's keys.</summary>
    public static IEnumerable<string> KeysOf(string[] command) => command[0] switch
    {
        "MSET" or "MSETNX" => command.Skip(1).Where((_, i) => i % 2 == 0),
        "MGET" or "DEL" or "EXISTS" when command.Length > 2 => command.Skip(1),
        "RENAME" or "COPY" => command[1..3],
        // A barrier, whatever its key or channel.
        "WATCH" or "UNWATCH" or "DBSIZE" or "KEYS" or "CONFIG" or "SAVE" or "BGSAVE" or "DEBUG" or "INFO"
            or "CLIENT" or "PUBLISH" or "SPUBLISH" or "SHUTDOWN" or "FLUSHALL" or "SWAPDB"
            or "HEDGE.STATS" or "HEDGE.DELRANGE" or "HEDGE.DELPREFIX" or "HEDGE.LOAD" or "HEDGE.LOADPART"
            or "HEDGE.EXPORT" or "TEST.TAKE" or "FUNCTION" or "FCALL"
            or "SCRIPT" => [],
        _ => [command[1]],
    };

    /// <summary>The bytes as the client sends them.</summary>
    public byte[] Encode()
    {
        StringBuilder text = new();
        if (Lua != null)
        {
            Append(text, Lua.Request(Commands));
            return Encoding.Latin1.GetBytes(text.ToString());
        }

        if (IsTransaction) Append(text, ["MULTI"]);
        foreach (string[] command in Commands) Append(text, command);
        if (IsTransaction) Append(text, ["EXEC"]);
        return Encoding.Latin1.GetBytes(text.ToString());
    }

    public override string ToString()
    {
        if (Control != SimControl.None) return Control.ToString().ToUpperInvariant();
        string text = string.Join("; ", Commands.Select(command => string.Join(' ', command.Select(Short))));
        if (Lua != null) return $"{Lua} {text} END";
        return IsTransaction ? $"MULTI {text} EXEC" : text;
    }

    private static string Short(string argument) =>
        argument.Length <= 24 ? argument : $"{argument[..12]}…({argument.Length})";

    private static void Append(StringBuilder text, string[] command)
    {
        text.Append('*').Append(command.Length).Append("\r\n");
        foreach (string argument in command) text.Append($"${argument.Length}\r\n{argument}\r\n");
    }
}
