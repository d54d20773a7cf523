using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>What a script has been seen to touch. It only grows.</summary>
internal enum ScriptReach
{
    /// <summary>It has not run yet: the first run holds all partitions, and finds out.</summary>
    Unknown,

    /// <summary>The keys that its callers name, and no others.</summary>
    DeclaredKeys,

    /// <summary>Other keys as well.</summary>
    AllPartitions,

    /// <summary>It needs all cores to stand still (PUBSUB).</summary>
    AllCores,
}

/// <summary>
/// A compiled script. All cores share it; nothing of it changes but what is learned of it
/// (<see cref="Reach"/>, <see cref="Publishes"/>), which any core may write.
/// </summary>
internal sealed class Script
{
    private const long OverheadBytes = 512;
    private static readonly LuaString ChunkName = LuaString.Name("@user_script");

    private volatile int _reach;
    private volatile bool _publishes;

    private Script(ScriptDigest digest, byte[] text, LuaPrototype prototype, ScriptFlags flags)
    {
        Digest = digest;
        Text = text;
        Prototype = prototype;
        Flags = flags;
        Name = digest.ToString();
        Bytes = OverheadBytes + text.Length + prototype.TotalBytes();
        // Text that names the command may publish only much later.
        _publishes = text.AsSpan().IndexOf("PUBLISH"u8) >= 0 || text.AsSpan().IndexOf("publish"u8) >= 0;
    }

    /// <summary>How clients name it.</summary>
    public ScriptDigest Digest { get; }

    /// <summary>Its digest as text, for errors.</summary>
    public string Name { get; }

    /// <summary>Its text.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>The program.</summary>
    public LuaPrototype Prototype { get; }

    /// <summary>What it says of itself.</summary>
    public ScriptFlags Flags { get; }

    /// <summary>What it takes in memory, about.</summary>
    public long Bytes { get; }

    /// <summary>What it has been seen to touch.</summary>
    public ScriptReach Reach => (ScriptReach)_reach;

    /// <summary>True when it may publish.</summary>
    public bool Publishes => _publishes;

    /// <summary>It has touched that much.</summary>
    public void Reaches(ScriptReach reach)
    {
        int before = _reach;
        while (before < (int)reach)
        {
            int seen = Interlocked.CompareExchange(ref _reach, (int)reach, before);
            if (seen == before) return;
            before = seen;
        }
    }

    /// <summary>It has published.</summary>
    public void HasPublished() => _publishes = true;

    /// <summary>Compiles a script.</summary>
    /// <returns>The script; null with an error reply.</returns>
    public static Script? Compile(ReadOnlySpan<byte> text, in ScriptDigest digest, out string error)
    {
        error = Shebang.ReadScript(text, out ScriptFlags flags, out int start) ?? "";
        if (error.Length > 0) return null;
        byte[] copy = text.ToArray();
        LuaPrototype? prototype =
            LuaPrototype.Compile(copy.AsMemory(start), ChunkName, out LuaString? problem);
        if (prototype is not null) return new Script(digest, copy, prototype, flags);
        error = $"ERR Error compiling script (new function): {problem}";
        return null;
    }
}
