using Hedge.Host.Lua.Compilers;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Scripting;

/// <summary>A library of functions, as FUNCTION LOAD takes it. It never changes.</summary>
internal sealed class FunctionLibrary
{
    /// <summary>The error reply for a name that is none.</summary>
    public const string BadName = "ERR Library names can only contain letters, numbers, or underscores(_) "
        + "and must be at least one character long";

    private static readonly LuaString ChunkName = LuaString.Name("@user_function");

    private FunctionLibrary(string name, byte[] text, LuaPrototype prototype)
    {
        Name = name;
        Text = text;
        Prototype = prototype;
    }

    /// <summary>Its name.</summary>
    public string Name { get; }

    /// <summary>Its text, first line and all.</summary>
    public ReadOnlyMemory<byte> Text { get; }

    /// <summary>The program that registers its functions.</summary>
    public LuaPrototype Prototype { get; }

    /// <summary>Its functions, in the order in which it registers them.</summary>
    public IReadOnlyList<Function> Functions { get; private set; } = [];

    /// <summary>What it takes in memory, about.</summary>
    public long Bytes => Text.Length + Prototype.TotalBytes();

    /// <summary>Compiles a library, and runs it on a machine, to know its functions.</summary>
    /// <param name="text">Its text.</param>
    /// <param name="machine">The machine.</param>
    /// <param name="taken">The libraries whose names are taken; null when it may replace one.</param>
    /// <param name="error">The error reply, when the answer is null.</param>
    public static FunctionLibrary? Load(ReadOnlySpan<byte> text, ScriptMachine machine, FunctionTable? taken,
        out string error)
    {
        error = Shebang.ReadLibrary(text, out string name, out int start) ?? "";
        if (error.Length > 0) return null;
        if (taken?.Has(name) == true)
        {
            error = $"ERR Library '{name}' already exists";
            return null;
        }

        byte[] copy = text.ToArray();
        LuaPrototype? prototype =
            LuaPrototype.Compile(copy.AsMemory(start), ChunkName, out LuaString? problem);
        if (prototype is null)
        {
            error = $"ERR Error compiling function: {problem}";
            return null;
        }

        var library = new FunctionLibrary(name, copy, prototype);
        if (machine.Libraries.Load(library, out error) is not { } loaded) return null;
        if (loaded.Functions.Count == 0)
        {
            error = "ERR No functions registered";
            return null;
        }

        library.Functions = loaded.Functions;
        KeyProof proof = KeyProof.Of(prototype, loaded.Prototypes, text, machine.Commands);
        foreach (Function function in library.Functions) function.Take(proof);
        return library;
    }

    /// <summary>True for a name of a library or a function.</summary>
    public static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (char c in name)
            if (!char.IsAsciiLetterOrDigit(c) && c != '_') return false;
        return name.Length > 0;
    }
}

/// <summary>A function of a library.</summary>
internal sealed class Function(FunctionLibrary library, string name, string? description, ScriptFlags flags)
    : ScriptProgram(name, flags, library.Text)
{
    /// <summary>Its library.</summary>
    public FunctionLibrary Library => library;

    /// <summary>What it is for; null when nobody has said so.</summary>
    public string? Description => description;

    /// <inheritdoc/>
    public override bool IsFunction => true;

    /// <inheritdoc/>
    public override void Start(ScriptMachine machine, LuaTable keys, LuaTable arguments) =>
        machine.Start(this, keys, arguments);
}
