using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Collections;

/// <summary>The arguments of LMPOP, ZMPOP and their blocking forms, from the number of keys on.</summary>
internal struct PopArguments
{
    /// <summary>How many keys.</summary>
    public int Keys;

    /// <summary>True for the second of the two words that say where (RIGHT, MAX).</summary>
    public bool IsSecond;

    /// <summary>The most elements.</summary>
    public long Count;

    /// <summary>Reads them. False when an error was replied.</summary>
    public static bool TryRead(CommandContext context, int index, ReadOnlySpan<byte> firstWord,
        ReadOnlySpan<byte> secondWord, out PopArguments arguments)
    {
        arguments = new PopArguments { Count = 1 };
        if (!Numbers.TryParseInt64(context.Argument(index), out long keys) || keys < 1)
        {
            context.Reply.Error("ERR numkeys should be greater than 0");
            return false;
        }

        long where = index + 1 + keys;
        if (where < 0 || where >= context.ArgumentCount) return Fail(context);
        arguments.Keys = (int)keys;
        int at = (int)where;
        arguments.IsSecond = context.Is(at, secondWord);
        if (!arguments.IsSecond && !context.Is(at, firstWord)) return Fail(context);
        return ++at == context.ArgumentCount || arguments.TryReadCount(context, at);
    }

    private bool TryReadCount(CommandContext context, int at)
    {
        if (!context.Is(at, "COUNT"u8) || at + 1 == context.ArgumentCount) return Fail(context);
        if (!Numbers.TryParseInt64(context.Argument(at + 1), out Count) || Count <= 0)
        {
            context.Reply.Error("ERR count should be greater than 0");
            return false;
        }

        return at + 2 == context.ArgumentCount || Fail(context);
    }

    private static bool Fail(CommandContext context)
    {
        context.Reply.Error(ErrorText.Syntax);
        return false;
    }
}
