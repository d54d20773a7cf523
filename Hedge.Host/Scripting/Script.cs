using Hedge.Host.Declarations;
using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>A compiled script, as EVAL and SCRIPT LOAD take it.</summary>
internal sealed class Script : ScriptProgram
{
    private const long OverheadBytes = 512;
    private static readonly LuaString ChunkName = LuaString.Name("@user_script");

    private Script(ScriptDigest digest, byte[] text, LuaPrototype prototype, ScriptFlags flags)
        : base(digest.ToString(), flags, text)
    {
        Digest = digest;
        Prototype = prototype;
        Bytes = OverheadBytes + text.Length + prototype.TotalBytes();
    }

    /// <summary>How clients name it.</summary>
    public ScriptDigest Digest { get; }

    /// <summary>The program.</summary>
    public LuaPrototype Prototype { get; }

    /// <summary>What it takes in memory, about.</summary>
    public long Bytes { get; }

    /// <inheritdoc/>
    public override bool IsFunction => false;

    /// <summary>Compiles a script.</summary>
    /// <returns>The script; null with an error reply.</returns>
    public static Script? Compile(ReadOnlySpan<byte> text, in ScriptDigest digest, CommandTable commands,
        out string error)
    {
        error = Shebang.ReadScript(text, out ScriptFlags flags, out int start) ?? "";
        if (error.Length > 0) return null;
        byte[] copy = text.ToArray();
        LuaPrototype? prototype =
            LuaPrototype.Compile(copy.AsMemory(start), ChunkName, out LuaString? problem);
        if (prototype is null)
        {
            error = $"ERR Error compiling script (new function): {problem}";
            return null;
        }

        var script = new Script(digest, copy, prototype, flags);
        script.Take(KeyProof.Of(prototype, [], text, commands));
        return script;
    }

    /// <inheritdoc/>
    public override void Start(ScriptMachine machine, LuaTable keys, LuaTable arguments) =>
        machine.Start(this, keys, arguments);
}
