using Hedge.Host.Clients;
using Hedge.Host.Cores;
using Hedge.Host.Declarations;

namespace Hedge.Host.Keyspaces;

/// <summary>The databases of a core, each made when it is first used. Owned by the core.</summary>
internal sealed class KeyspaceTable(CoreLoop loop)
{
    private KeyspaceView?[] _touching = new KeyspaceView?[16];
    private KeyspaceView?[] _notTouching = [];

    /// <summary>The keys of a database.</summary>
    public KeyspaceView Of(int database)
    {
        if (database >= _touching.Length) Array.Resize(ref _touching, database + 1);
        return _touching[database] ??= new KeyspaceView(loop, database);
    }

    /// <summary>As <see cref="Of"/>, for a client whose look-ups do not count as use (CLIENT NO-TOUCH);
    /// those of TOUCH do.</summary>
    public KeyspaceView NotTouching(Request request, int database)
    {
        if (request.Command!.Has(CommandTraits.AlwaysTouches)) return Of(database);
        if (database >= _notTouching.Length) Array.Resize(ref _notTouching, database + 1);
        return _notTouching[database] ??= new KeyspaceView(loop, database, touches: false);
    }
}
