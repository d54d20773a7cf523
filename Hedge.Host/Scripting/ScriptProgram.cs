using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>What a program has been seen to touch. It only grows.</summary>
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
/// What EVAL or FCALL runs: a script, or a function of a library. All cores share it; nothing of it changes
/// but what is learned of it (<see cref="Reach"/>, <see cref="Publishes"/>), which any core may write.
/// </summary>
internal abstract class ScriptProgram(string name, ScriptFlags flags, ReadOnlyMemory<byte> text)
{
    private volatile int _reach;

    // Text that names the command may publish only after it has written, when that is too late to learn.
    private volatile bool _publishes = text.Span.IndexOf("PUBLISH"u8) >= 0
        || text.Span.IndexOf("publish"u8) >= 0;

    /// <summary>How errors call it.</summary>
    public string Name { get; } = name;

    /// <summary>What it says of itself.</summary>
    public ScriptFlags Flags { get; } = flags;

    /// <summary>Its text, or its library's.</summary>
    public ReadOnlyMemory<byte> Text { get; } = text;

    /// <summary>True for a function.</summary>
    public abstract bool IsFunction { get; }

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

    /// <summary>Begins to run it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="keys">The names of its keys.</param>
    /// <param name="arguments">Its other arguments.</param>
    public abstract void Start(ScriptMachine machine, LuaTable keys, LuaTable arguments);
}
