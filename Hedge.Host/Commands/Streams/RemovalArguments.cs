using Hedge.Host.Declarations;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>The options of XDELEX and XACKDEL, in any order: a policy, and IDS numids id [id ...].</summary>
internal struct RemovalArguments
{
    /// <summary>What becomes of what is still pending.</summary>
    public ReferencePolicy Policy;

    /// <summary>The ids, in the order of the request.</summary>
    public StreamId[] Ids;

    /// <summary>Reads the arguments from an index on. False when an error was replied.</summary>
    public static bool TryRead(CommandContext context, int first, out RemovalArguments arguments)
    {
        arguments = new RemovalArguments { Ids = [] };
        bool hasPolicy = false;
        for (int i = first; i < context.ArgumentCount; i++)
        {
            if (!hasPolicy && References.TryRead(context, i, out ReferencePolicy policy))
            {
                arguments.Policy = policy;
                hasPolicy = true;
            }
            else if (arguments.Ids.Length == 0 && i + 1 < context.ArgumentCount && context.Is(i, "IDS"u8))
            {
                if (!arguments.TryReadIds(context, ref i)) return false;
            }
            else
            {
                return Fail(context, ErrorText.Syntax);
            }
        }

        return arguments.Ids.Length > 0 || Fail(context, ErrorText.Syntax);
    }

    // From the word IDS on. Leaves the index at the last id.
    private bool TryReadIds(CommandContext context, ref int index)
    {
        if (!Numbers.TryParseInt64(context.Argument(++index), out long count) || count < 1)
            return Fail(context, "ERR the number of IDs must be a positive integer");
        if (count > context.ArgumentCount - index - 1)
            return Fail(context, "ERR the number of IDs must match the number of arguments");
        Ids = new StreamId[count];
        for (int i = 0; i < Ids.Length; i++)
            if (!StreamIds.TryRead(context, ++index, out Ids[i])) return false;
        return true;
    }

    private static bool Fail(CommandContext context, string error)
    {
        context.Reply.Error(error);
        return false;
    }
}
