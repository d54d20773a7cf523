using System.Globalization;
using System.Text;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Compilers;

/// <summary>A compiled function. It never changes, so machines on several cores may share it.</summary>
internal sealed class LuaPrototype
{
    private const int ChunkIdBytes = 60;

    /// <summary>
    /// The name of the chunk, as the host gave it: <c>=name</c>, <c>@file</c>, or the text itself.
    /// </summary>
    public required LuaString Source { get; init; }

    /// <summary>How errors name the chunk.</summary>
    public required string ChunkId { get; init; }

    /// <summary>The instructions.</summary>
    public required ulong[] Code { get; init; }

    /// <summary>The line of each instruction.</summary>
    public required int[] Lines { get; init; }

    /// <summary>The constants.</summary>
    public required LuaValue[] Constants { get; init; }

    /// <summary>The functions that are written inside it.</summary>
    public required LuaPrototype[] Inner { get; init; }

    /// <summary>The names of its upvalues.</summary>
    public required string[] Upvalues { get; init; }

    /// <summary>Its local variables, in the order in which they come into being.</summary>
    public required LocalVariable[] Locals { get; init; }

    /// <summary>How many parameters it has.</summary>
    public required int ParameterCount { get; init; }

    /// <summary>Whether it takes variable arguments.</summary>
    public required bool IsVarArg { get; init; }

    /// <summary>
    /// Whether its variable arguments come as the table <c>arg</c>, because it never says <c>...</c>.
    /// </summary>
    public required bool NeedsArg { get; init; }

    /// <summary>Whether it has the local variable <c>arg</c>, which is nil when it says <c>...</c>.</summary>
    public bool HasArg => IsVarArg && LineDefined > 0;

    /// <summary>How many registers it has.</summary>
    public required int RegisterCount { get; init; }

    /// <summary>The line where it begins, 0 for a chunk.</summary>
    public required int LineDefined { get; init; }

    /// <summary>
    /// The machine whose memory it counts in: that which compiled it for a script. Null for the host's.
    /// </summary>
    public object? Owner { get; private set; }

    /// <summary>The last count of memory that has seen it.</summary>
    public int Mark { get; set; }

    /// <summary>What it takes, roughly, without the functions inside it.</summary>
    public long Bytes { get; private set; }

    /// <summary>Makes it and the functions inside it count in a machine's memory.</summary>
    public void OwnBy(object owner)
    {
        Owner = owner;
        Bytes = CountBytes();
        foreach (LuaPrototype inner in Inner) inner.OwnBy(owner);
    }

    /// <summary>What it takes with the functions inside it, roughly.</summary>
    public long TotalBytes()
    {
        long bytes = CountBytes();
        foreach (LuaPrototype inner in Inner) bytes += inner.TotalBytes();
        return bytes;
    }

    private long CountBytes()
    {
        long bytes = 256 + (Code.Length * 12L) + (Constants.Length * 16L) + (Locals.Length * 32L);
        foreach (LuaValue constant in Constants) bytes += constant.Ref is LuaString text ? text.Bytes : 0;
        return bytes;
    }

    /// <summary>Compiles a chunk.</summary>
    /// <param name="text">The source. Precompiled chunks are refused.</param>
    /// <param name="name">The chunk's name.</param>
    /// <param name="error">What is wrong with it, with its position.</param>
    /// <returns>The function, or null.</returns>
    public static LuaPrototype? Compile(ReadOnlyMemory<byte> text, LuaString name, out LuaString? error)
    {
        error = null;
        string id = ChunkIdOf(name);
        if (text.Length > 0 && text.Span[0] == 0x1B)
        {
            error = LuaString.Of(Encoding.Latin1.GetBytes($"{id}: bad header in precompiled chunk"));
            return null;
        }

        try
        {
            return new Parser(new Lexer(text, id), name).ParseChunk();
        }
        catch (LuaSyntaxException e)
        {
            error = LuaString.Of(Encoding.Latin1.GetBytes(e.Message));
            return null;
        }
    }

    /// <summary>The name of the local variable in a register at an instruction, or null.</summary>
    public string? LocalName(int register, int at)
    {
        foreach (LocalVariable local in Locals)
        {
            if (local.From > at) break;
            if (at < local.To && register-- == 0) return local.Name;
        }

        return null;
    }

    /// <summary>How errors name a chunk.</summary>
    public static string ChunkIdOf(LuaString name)
    {
        string text = name.ToString();
        int zero = text.IndexOf('\0', StringComparison.Ordinal);
        if (zero >= 0) text = text[..zero];
        if (text.StartsWith('=')) return text.Length > ChunkIdBytes ? text[1..ChunkIdBytes] : text[1..];
        if (text.StartsWith('@'))
        {
            text = text[1..];
            return text.Length > ChunkIdBytes - 8 ? $"...{text[^(ChunkIdBytes - 8)..]}" : text;
        }

        int length = text.AsSpan().IndexOfAny('\n', '\r');
        if (length < 0) length = text.Length;
        length = Math.Min(length, ChunkIdBytes - 17);
        return length < text.Length
            ? string.Create(CultureInfo.InvariantCulture, $"[string \"{text.AsSpan(0, length)}...\"]")
            : $"[string \"{text}\"]";
    }
}

/// <summary>
/// A local variable and the instructions for which it is one: from one up to before another.
/// </summary>
internal readonly record struct LocalVariable(string Name, int From, int To);

/// <summary>A chunk that is not Lua. It ends the compiler, never a script.</summary>
internal sealed class LuaSyntaxException(string message) : Exception(message);
