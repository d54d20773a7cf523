using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Hashes;

/// <summary>The end of a command's arguments: FIELDS numfields field [field …], or with a value behind each
/// field.</summary>
internal readonly struct FieldArguments
{
    private const string Missing = "ERR Mandatory argument FIELDS is missing or not at the right position";
    private const string NotPositive = "ERR Parameter `numFields` should be greater than 0";
    private const string NotMatching = "ERR The `numfields` parameter must match the number of arguments";

    private readonly int _first;
    private readonly int _words;

    private FieldArguments(int first, int count, int words) =>
        (_first, Count, _words) = (first, count, words);

    /// <summary>How many fields.</summary>
    public int Count { get; }

    /// <summary>Reads them; false after replying with an error.</summary>
    /// <param name="context">The command.</param>
    /// <param name="at">Where FIELDS is to stand.</param>
    /// <param name="words">2 with values, 1 without.</param>
    /// <param name="fields">The arguments.</param>
    public static bool TryRead(CommandContext context, int at, int words, out FieldArguments fields)
    {
        fields = default;
        string? error = null;
        long count = 0;
        if (at + 1 >= context.ArgumentCount || !context.Is(at, "FIELDS"u8)) error = Missing;
        else if (!Numbers.TryParseInt64(context.Argument(at + 1), out count) || count <= 0)
            error = NotPositive;
        else if (count > context.ArgumentCount || count * words != context.ArgumentCount - at - 2)
            error = NotMatching;
        if (error != null) context.Reply.Error(error);
        else fields = new FieldArguments(at + 2, (int)count, words);
        return error == null;
    }

    /// <summary>A field.</summary>
    public ReadOnlySpan<byte> Field(CommandContext context, int index) =>
        context.Argument(_first + (index * _words));

    /// <summary>The value behind it.</summary>
    public ReadOnlySpan<byte> Value(CommandContext context, int index) =>
        context.Argument(_first + (index * _words) + 1);
}
