from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor
from torch.distributions import MultivariateNormal, kl_divergence

from grok_tui.config import GaussianProcess as Settings
from grok_tui.training.models.gaussian_process import GaussianProcess

ASKED = torch.randn(7, 3, generator=torch.Generator().manual_seed(1))


def process(examples: int = 12, numbers: int = 3, **settings: float) -> GaussianProcess:
    """Return a model that has learnt something: all of its parameters are moved at random."""
    generator = torch.Generator().manual_seed(0)
    inputs = torch.randn(examples, numbers, generator=generator)
    model = GaussianProcess(Settings(**settings), inputs)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter += 0.3 * torch.randn(parameter.shape, generator=generator)
    return model


def covariance(model: GaussianProcess, one: Tensor, other: Tensor) -> Tensor:
    """Return the prior covariance by its definition, entry by entry."""
    lengths = model.log_lengths_D.detach().double().exp()
    scale = model.log_scale.detach().double().exp()
    distances = ((one.double()[:, None] - other.double()[None]) / lengths).square().sum(dim=2)
    return scale**2 * (-distances / 2).exp()


def learnt(model: GaussianProcess) -> tuple[MultivariateNormal, MultivariateNormal]:
    """Return prior and learnt distribution of the training outputs themselves."""
    prior = covariance(model, model.inputs_ND, model.inputs_ND)
    prior += 1e-3 * prior[0, 0] * torch.eye(len(prior), dtype=torch.float64)
    factor = torch.linalg.cholesky(prior)
    spread = factor * model.log_spreads_N.detach().double().exp()
    zero = torch.zeros(len(prior), dtype=torch.float64)
    mean = factor @ model.means_N.detach().double()
    return MultivariateNormal(zero, prior), MultivariateNormal(mean, spread @ spread.T)


def test_outputs_elsewhere_are_what_gaussian_conditioning_gives() -> None:
    """Without whitening: the learnt distribution, passed on by the prior's regression."""
    model = process()
    prior, posterior = learnt(model)
    across = covariance(model, ASKED, model.inputs_ND)
    slope = across @ torch.linalg.inv(prior.covariance_matrix)
    mean = slope @ posterior.mean
    change = posterior.covariance_matrix - prior.covariance_matrix
    variance = (covariance(model, ASKED, ASKED) + slope @ change @ slope.T).diagonal()
    ours = model.predict(ASKED)
    assert torch.allclose(ours[0], mean, rtol=1e-6)
    assert torch.allclose(ours[1], variance, rtol=1e-6)


def test_the_divergence_is_that_of_the_outputs_themselves() -> None:
    model = process()
    prior, posterior = learnt(model)
    expected = float(kl_divergence(posterior, prior))
    assert float(model.kl_nats().detach()) == pytest.approx(expected, rel=1e-5)
    assert model.complexity() == {"complexity/kl_nats": float(model.kl_nats().detach())}


def test_what_is_added_to_the_loss_is_the_divergence_an_example() -> None:
    model, doubled = process(), process(kl_weight=2.0)
    added = model.penalty()
    assert torch.allclose(added, model.kl_nats() / 12)
    assert torch.allclose(doubled.penalty(), 2 * added)
    added.backward()
    assert model.means_N.grad is not None
    assert torch.allclose(model.means_N.grad, model.means_N.detach() / 12)


def test_probabilities_are_averaged_over_the_uncertainty() -> None:
    """Compared with the integral on a fine grid: MacKay's approximation is good to 0.02."""
    model = process(scale=5.0)
    means, variances = (values.detach() for values in model.predict(ASKED))
    z = torch.linspace(-8, 8, 4001, dtype=torch.float64)
    weights = (-z.square() / 2).exp() / math.sqrt(2 * math.pi) * (z[1] - z[0])
    exact = (torch.sigmoid(means[:, None] + variances.sqrt()[:, None] * z) * weights).sum(dim=1)
    ours = model(ASKED).detach().softmax(dim=1)[:, 1].double()
    assert float((ours - exact).abs().max()) < 0.02
    assert float((ours - torch.sigmoid(means)).abs().max()) > 0.05, "the variance matters here"


def test_it_starts_as_the_prior() -> None:
    model = GaussianProcess(Settings(length=3.0, scale=0.5), torch.randn(5, 4))
    means, variances = model.predict(torch.randn(6, 4))
    assert torch.equal(means, torch.zeros_like(means))
    assert torch.allclose(variances, torch.full_like(variances, 0.25))
    assert float(model.kl_nats().detach()) == 0
    assert torch.allclose(model.log_lengths_D.exp(), torch.full((4,), 3.0))


def test_each_example_is_judged_alone() -> None:
    model = process()
    alone = torch.cat([model(asked[None]) for asked in ASKED])
    assert torch.allclose(model(ASKED), alone, atol=1e-6)
    assert torch.allclose(model(model.inputs_ND)[2:5], model(model.inputs_ND[2:5]), atol=1e-6)


def test_examples_that_coincide_do_no_harm() -> None:
    """As when all lengths have grown: outputs and gradients stay finite."""
    inputs = torch.ones(300, 4)
    model = GaussianProcess(Settings(), inputs)
    logits = model(inputs)
    (logits[:, 1] - logits[:, 0]).sum().backward()
    assert all(bool(torch.isfinite(p.grad).all()) for p in model.parameters())


def test_the_training_inputs_are_saved_with_the_state() -> None:
    model = process()
    other = GaussianProcess(Settings(), torch.zeros(12, 3))
    other.load_state_dict(model.state_dict())
    assert torch.equal(other(ASKED), model(ASKED))
    assert all(parameter.is_floating_point() for parameter in model.parameters())
