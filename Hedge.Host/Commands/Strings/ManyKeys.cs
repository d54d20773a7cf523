using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Strings;

/// <summary>What MSET and MSETNX share: key value [key value ...] from argument 1 on.</summary>
internal static class ManyKeys
{
    /// <summary>True when every key has its value; else replies with the error.</summary>
    public static bool ArePairs(CommandContext context)
    {
        if (context.ArgumentCount % 2 == 1) return true;
        context.Reply.Error(ErrorText.WrongNumber(context.Spec.Name.ToLowerInvariant()));
        return false;
    }

    /// <summary>Stores all pairs.</summary>
    public static void Store(CommandContext context)
    {
        for (int i = 1; i < context.ArgumentCount; i += 2)
        {
            context.Keys.SetString(context.Argument(i), context.Argument(i + 1));
            context.Notify(KeyspaceEvents.String, "set"u8, context.Argument(i));
        }
    }
}
