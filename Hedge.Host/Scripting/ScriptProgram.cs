using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>What a program may touch.</summary>
internal enum ScriptReach
{
    /// <summary>The keys that its callers name, and no others.</summary>
    DeclaredKeys,

    /// <summary>Any keys.</summary>
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
    private volatile bool _publishes;

    /// <summary>How errors call it.</summary>
    public string Name { get; } = name;

    /// <summary>What it says of itself.</summary>
    public ScriptFlags Flags { get; } = flags;

    /// <summary>Its text, or its library's.</summary>
    public ReadOnlyMemory<byte> Text { get; } = text;

    /// <summary>True for a function.</summary>
    public abstract bool IsFunction { get; }

    /// <summary>What it may touch: what a <see cref="KeyProof"/> says, and what it has been seen to touch all
    /// the same.</summary>
    public ScriptReach Reach => (ScriptReach)_reach;

    /// <summary>True when it may publish.</summary>
    public bool Publishes => _publishes;

    /// <summary>It may touch that much.</summary>
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

    /// <summary>It may publish.</summary>
    public void MayPublish() => _publishes = true;

    /// <summary>Takes over what has been proven of it.</summary>
    public void Take(KeyProof proof)
    {
        Reaches(proof.Reach);
        if (proof.Publishes) MayPublish();
    }

    /// <summary>Begins to run it.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="keys">The names of its keys.</param>
    /// <param name="arguments">Its other arguments.</param>
    public abstract void Start(ScriptMachine machine, LuaTable keys, LuaTable arguments);
}
