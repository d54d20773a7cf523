using Hedge.Host.Declarations;

namespace Hedge.Host.Access;

/// <summary>What a request does with its keys.</summary>
internal static class KeyNeeds
{
    /// <summary>What must be allowed for the keys that a declaration stands for.</summary>
    public static KeyAccess Of<T>(Command command, KeySpec spec, in T arguments)
        where T : IArguments, allows ref struct
    {
        KeyFlags flags = KeyUse.Of(command.Spec, spec, arguments);
        const KeyFlags writes = KeyFlags.Insert | KeyFlags.Delete | KeyFlags.Update;
        return ((flags & KeyFlags.Access) != 0 ? KeyAccess.Read : KeyAccess.None)
            | ((flags & writes) != 0 ? KeyAccess.Write : KeyAccess.None);
    }
}
