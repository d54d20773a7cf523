using Hedge.Host.Clients;
using Hedge.Host.Slots;
using NUnit.Framework;

namespace Hedge.Tests.Slots;

/// <summary>The order of a partition's requests that were laid aside.</summary>
[TestFixture]
[Category("fast")]
public sealed class DeferredRequestsTests
{
    private readonly DeferredRequests _deferred = new();

    [Test]
    public void What_waited_for_a_record_comes_before_what_came_since()
    {
        Request[] requests = Make(4);
        _deferred.Enqueue(requests[2]);
        _deferred.Enqueue(requests[3]);
        _deferred.TakeWaiters(new Queue<Request>(requests[..2]));
        Assert.That(TakeAll(), Is.EqualTo(requests));
    }

    /// <summary>The read that is laid aside for the second time comes before the write behind it, which was
    /// left here meanwhile.</summary>
    [Test]
    public void The_first_of_a_key_that_waits_again_stays_the_first()
    {
        Request[] requests = Make(3);
        _deferred.Enqueue(requests[2]);
        _deferred.TakeWaiters(new Queue<Request>(requests[..2]));
        Request first = _deferred.Dequeue();
        _deferred.TakeWaiters(new Queue<Request>([first]));
        Assert.That(TakeAll(), Is.EqualTo(requests));
    }

    private static Request[] Make(int count) =>
        [.. Enumerable.Range(0, count).Select(i => new Request { Slot = i })];

    private Request[] TakeAll()
    {
        List<Request> all = [];
        while (_deferred.TryPeek(out Request? next))
        {
            Assert.That(_deferred.Dequeue(), Is.SameAs(next));
            all.Add(next);
        }

        Assert.That(_deferred.Count, Is.Zero);
        return [.. all];
    }
}
